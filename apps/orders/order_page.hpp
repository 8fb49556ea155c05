#pragma once

#include "sluice/base/async.hpp"
#include "sluice/http/message.hpp"

#include <string>

namespace orders {

class status_store;

/// Answers `GET /orders/{id}`: where the order stands, and since when. 404 for one that no event has told
/// of yet; 503 while the database cannot be reached.
sluice::awaitable<sluice::http::response> show_order(std::string id, status_store& statuses);

}  // namespace orders
