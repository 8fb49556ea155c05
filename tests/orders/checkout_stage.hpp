#pragma once

#include "orders/checkout.hpp"
#include "orders/key_store.hpp"
#include "sluice/base/wait_queue.hpp"

#include <boost/test/unit_test.hpp>

// Keeps what is sent, and answers as it is told; without an answer it never does.
class scripted_sink final : public sluice::sink {
public:
    explicit scripted_sink(std::optional<sluice::result<sluice::position>> answer) : answer_{std::move(answer)} {}

    sluice::awaitable<sluice::result<sluice::position>> send(sluice::outgoing what) override
    {
        sent.push_back(std::move(what));
        came.wake_all();
        if (!answer_) co_await never_.wait();
        co_return *answer_;
    }
    sluice::awaitable<std::vector<sluice::result<sluice::position>>> send_all(std::vector<sluice::outgoing>) override
    {
        throw std::logic_error{"not used"};
    }
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view) const override { return std::nullopt; }

    std::vector<sluice::outgoing> sent;
    sluice::wait_queue came;  // something to send

private:
    std::optional<sluice::result<sluice::position>> answer_;
    sluice::wait_queue never_;
};

inline sluice::http::request good_request()
{
    sluice::http::request request;
    request.method = "POST";
    request.headers.add("X-Customer-ID", "c-1");
    request.body = R"({"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]})";
    return request;
}

inline void expect_problem(const sluice::http::response& got, unsigned status, std::string_view type)
{
    BOOST_TEST(got.status == status);
    BOOST_TEST(got.header("Content-Type").value_or("") == "application/problem+json");
    BOOST_TEST(got.body.find("\"/problems/" + std::string{type} + "\"") != std::string::npos, got.body);
}

/// A database that says what it is told to; by default nobody is to touch it.
class failing_database final : public sluice::store::sql_database {
public:
    explicit failing_database(std::optional<sluice::errc> code = std::nullopt) : code_{code} {}
    sluice::awaitable<> open() override { co_await fail(); }

private:
    sluice::awaitable<> run(access, unit_of_work) override { co_await fail(); }
    sluice::awaitable<> fail()
    {
        if (!code_) throw std::logic_error{"nobody was to ask the database"};
        throw sluice::failure{sluice::error{*code_}};
        co_return;
    }

    std::optional<sluice::errc> code_;
};
