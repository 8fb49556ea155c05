#include "mail_server.hpp"

#include "sluice/record/codec.hpp"
#include "sluice/testing/certificate.hpp"

#include "content.hpp"
#include "variable.hpp"

#include <sstream>

using namespace sluice;

awaitable<std::string> output_of(std::vector<std::string> command)
{
    const sluice::testing::temporary_folder folder;
    testing::child_process::settings what;
    what.command = std::move(command);
    what.output = folder / "output";
    testing::child_process process{co_await asio::this_coro::executor, what};
    const int status = co_await process.wait();
    BOOST_TEST_REQUIRE(status == 0, content(what.output));
    co_return content(what.output);
}

mail_server::mail_server(asio::any_io_executor loop, std::vector<std::string> options)
    : loop_{std::move(loop)},
      options_{std::move(options)}
{
}

awaitable<> mail_server::start()
{
    const std::string pem = certificate();
    std::string name{"DNS:localhost"};
    co_await testing::make_certificate(pem, pem + ".public", std::move(name));
    std::ofstream{pem, std::ios::app} << content(pem + ".public");

    testing::child_process::settings what;
    what.command = {"/usr/bin/python3", "-u", variable("TEST_EMAIL") + "/mail_server.py", folder_ / "mails"};
    what.command.insert(what.command.end(), options_.begin(), options_.end());
    if (std::ranges::find(options_, "--no-tls") == options_.end())
        what.command.insert(what.command.end(), {"--certificate", pem});
    else
        std::erase(what.command, "--no-tls");
    what.output = folder_ / "output";
    process = std::make_unique<testing::child_process>(loop_, what);
    const std::string listening = "listening on ";
    const auto line = co_await process->says(listening);
    port_ = line.substr(line.find(listening) + listening.size());
}

std::string mail_server::url(std::string_view scheme) const
{
    return std::string{scheme} + "://localhost:" + port_;
}

orders::smtp_settings mail_server::settings() const
{
    return {.server = orders::smtp_address::parse(url()).value(), .ca = certificate()};
}

std::vector<taken_mail> mail_server::mails() const
{
    std::vector<taken_mail> all;
    std::istringstream lines{content(folder_ / "mails")};
    for (std::string line; std::getline(lines, line);) all.push_back(from_json<taken_mail>(line).value());
    return all;
}
