#include "sluice/flow/failure.hpp"

#include "sluice/base/result.hpp"

#include <boost/core/demangle.hpp>

#include <typeinfo>

namespace sluice {

handler_failure classify(const std::exception_ptr& error)
{
    using kind = handler_failure::kind;
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
        const bool hopeless = e.why() == errc::invalid || e.why() == errc::corrupt;
        return told(hopeless ? kind::permanent : kind::retryable, e);
    } catch (const std::exception& e) {
        return told(kind::retryable, e);
    } catch (...) {
        return {kind::retryable, "unknown", "an exception that is no std::exception"};
    }
}

}  // namespace sluice
