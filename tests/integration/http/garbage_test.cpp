#include "fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

using namespace http_test;

namespace {

// Requests that are nearly right reach deeper than noise.
class garbage {
public:
    explicit garbage(std::uint64_t seed) : random_{seed} {}

    std::string next()
    {
        static const std::vector<std::string> seeds{
            "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /stock/a%20b?c=d&e HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nX:  y \r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n",
            "HEAD /hello HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        };
        std::string bytes;
        for (auto requests = below(3) + 1; requests > 0; --requests) bytes += seeds[below(seeds.size())];
        if (below(10) == 0) bytes = noise(below(2000));
        for (auto changes = below(6); changes > 0; --changes) change(bytes);
        return bytes;
    }

private:
    std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_); }

    std::string noise(std::size_t size)
    {
        std::string bytes(size, ' ');
        std::ranges::generate(bytes, [&] { return static_cast<char>(below(256)); });
        return bytes;
    }

    void change(std::string& bytes)
    {
        static const std::vector<std::string> pieces{"\r\n",
                                                     "\n",
                                                     "\r",
                                                     std::string(1, '\0'),
                                                     "\xff",
                                                     ":",
                                                     " ",
                                                     ";",
                                                     "%",
                                                     "0",
                                                     "Content-Length: 3\r\n",
                                                     "Transfer-Encoding: chunked\r\n",
                                                     ",",
                                                     "ffffffffffffffff",
                                                     "\r\n\r\n",
                                                     "HTTP/1.1",
                                                     "\t",
                                                     "\""};
        const auto at = below(bytes.size() + 1);
        switch (below(5)) {
            case 0: bytes.insert(at, pieces[below(pieces.size())]); break;
            case 1: bytes.insert(at, noise(below(20) + 1)); break;
            case 2: bytes.erase(at, below(20) + 1); break;
            case 3: bytes.insert(at, bytes.substr(below(bytes.size() + 1), 30)); break;
            default:
                if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        }
    }

    std::mt19937_64 random_;
};

}  // namespace

SLUICE_TEST_CASE(after_thousands_of_garbage_requests_the_server_still_answers, 120s)
{
    const auto* fixed = std::getenv("SLUICE_SEED");
    const std::uint64_t seed = fixed ? std::stoull(fixed) : std::random_device{}();
    BOOST_TEST_MESSAGE("SLUICE_SEED=" << seed);
    const auto body = [seed](test_server& under_test) -> awaitable<> {
        garbage requests{seed};
        for (int i = 0; i < 5000; ++i) {
            auto client = co_await under_test.client();
            const auto bytes = requests.next();
            co_await client.send(bytes);
            client.socket.shutdown(asio::socket_base::shutdown_send);
            const auto answered = co_await client.rest();
            const bool sane = answered.empty() || answered.starts_with("HTTP/1.1 ");
            const bool unbroken = answered.find("internal-error") == std::string::npos;
            if (!sane || !unbroken)
                BOOST_ERROR("SLUICE_SEED=" << seed << ", request " << i << ": " << bytes << "\nanswered " << answered);
        }
        auto client = co_await under_test.client();
        const auto answered = co_await client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(answered.body() == "hello");
        BOOST_TEST(under_test.lines.empty());
    };
    co_await with_server(body);
}
