#pragma once

#include <sluice/flow/batch.hpp>
#include <sluice/flow/context.hpp>
#include <sluice/flow/failure.hpp>
#include <sluice/record/reply.hpp>

using namespace sluice;

struct signed_up {
    std::string user_id, email;
};
BOOST_DESCRIBE_STRUCT(signed_up, (), (user_id, email))
struct letter {
    std::string to, subject;
};
BOOST_DESCRIBE_STRUCT(letter, (), (to, subject))

inline const topic sign_ups{"user.signed-up", &signed_up::user_id};
inline const topic letters{"letter.wanted", &letter::to};

inline awaitable<reply> welcome(signed_up user, context&)
{
    if (user.email.empty()) throw permanent_failure{"there is no address"};
    co_return emit(letters, {user.email, "Welcome, " + user.user_id});
}

inline awaitable<> count_users(std::span<const signed_up> users, batch_context& about)
{
    for (std::size_t i = 0; i < users.size(); ++i)
        if (users[i].user_id.empty()) throw failed_record{i, std::make_exception_ptr(permanent_failure{"nobody"})};
    about.log().info("{} more users", users.size());
    co_return;
}
