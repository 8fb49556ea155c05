#include "sluice/flow/failure.hpp"

#include "sluice/base/async.hpp"
#include "sluice/base/result.hpp"

#include <boost/asio/error.hpp>
#include <boost/core/demangle.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <system_error>
#include <typeinfo>

namespace sluice {
namespace {

using kind = handler_failure::kind;

constexpr std::array of_the_network{
    std::errc::timed_out,           std::errc::connection_refused, std::errc::connection_reset,
    std::errc::connection_aborted,  std::errc::broken_pipe,        std::errc::host_unreachable,
    std::errc::network_unreachable, std::errc::network_down,       std::errc::network_reset,
    std::errc::not_connected,
};
constexpr std::array of_the_argument{
    std::errc::invalid_argument,       std::errc::argument_out_of_domain,
    std::errc::result_out_of_range,    std::errc::value_too_large,
    std::errc::illegal_byte_sequence,  std::errc::bad_message,
    std::errc::message_size,           std::errc::argument_list_too_long,
    std::errc::filename_too_long,      std::errc::operation_not_supported,
    std::errc::function_not_supported, std::errc::not_supported,
};

kind kind_of(const std::error_code& why)
{
    const auto is_why = [&why](std::errc each) { return why == each; };
    if (std::ranges::any_of(of_the_network, is_why)) return kind::unavailable;
    return std::ranges::any_of(of_the_argument, is_why) ? kind::permanent : kind::retryable;
}

kind kind_of(const boost::system::error_code& why)
{
    // Of categories of Asio's own.
    if (why == asio::error::eof || why == asio::error::host_not_found || why == asio::error::host_not_found_try_again)
        return kind::unavailable;
    return kind_of(static_cast<std::error_code>(why));
}

kind kind_of(const error& why)
{
    if (why == errc::invalid || why == errc::corrupt) return kind::permanent;
    if (why == errc::unavailable || why == errc::timed_out || why == errc::not_sent || why == errc::outcome_unknown ||
        why == errc::overloaded)
        return kind::unavailable;
    return kind_of(why.code);
}

handler_failure by_itself(const std::exception_ptr& error)
{
    const auto told = [](kind what, const std::exception& e) {
        return handler_failure{what, boost::core::demangle(typeid(e).name()), e.what()};
    };
    try {
        std::rethrow_exception(error);
    } catch (const undecodable& e) {
        return told(kind::decode, e);
    } catch (const permanent_failure& e) {
        return told(kind::permanent, e);
    } catch (const failure& e) {
        return told(kind_of(e.why()), e);
    } catch (const boost::system::system_error& e) {
        return told(kind_of(e.code()), e);
    } catch (const std::system_error& e) {
        return told(kind_of(e.code()), e);
    } catch (const std::invalid_argument& e) {
        return told(kind::permanent, e);
    } catch (const std::domain_error& e) {
        return told(kind::permanent, e);
    } catch (const std::length_error& e) {
        return told(kind::permanent, e);
    } catch (const std::exception& e) {
        return told(kind::retryable, e);
    } catch (...) {
        return {kind::retryable, "unknown", "an exception that is no std::exception"};
    }
}

}  // namespace

std::string_view error_class_of(kind what) noexcept
{
    switch (what) {
        case kind::decode: return "decode";
        case kind::permanent: return "permanent";
        case kind::expired: return "expired";
        case kind::retryable:
        case kind::unavailable: break;
    }
    return "exhausted";
}

handler_failure classify(const std::exception_ptr& error, const failure_policy& policy)
{
    auto why = by_itself(error);
    if (policy) why.what = policy(error).value_or(why.what);
    return why;
}

}  // namespace sluice
