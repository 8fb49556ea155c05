#pragma once

#include <sluice/flow/context.hpp>
#include <sluice/flow/failure.hpp>
#include <sluice/record/reply.hpp>

struct signed_up {
    std::string user_id, email;
};
BOOST_DESCRIBE_STRUCT(signed_up, (), (user_id, email))
struct letter {
    std::string to, subject;
};
BOOST_DESCRIBE_STRUCT(letter, (), (to, subject))

inline const sluice::topic sign_ups{"user.signed-up", &signed_up::user_id};
inline const sluice::topic letters{"letter.wanted", &letter::to};

inline sluice::awaitable<sluice::reply> welcome(signed_up user, sluice::context&)
{
    if (user.email.empty()) throw sluice::permanent_failure{"there is no address"};
    co_return emit(letters, {user.email, "Welcome, " + user.user_id});
}
