#include "orders/mail_folder.hpp"

#include "sluice/base/result.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace orders {

using namespace sluice;

namespace {

class opened {
public:
    opened(const std::filesystem::path& file, int how) : file_{open(file.c_str(), how | O_CLOEXEC, 0644)}
    {
        check(file_ >= 0);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { close(file_); }

    void write(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const auto written = ::write(file_, bytes.data(), bytes.size());
            check(written >= 0);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const { check(fsync(file_) == 0); }

private:
    static void check(bool fine)
    {
        // Nor could any other.
        if (!fine)
            throw failure{
                error{errc::unavailable, "a mail cannot be written: " + std::generic_category().message(errno)}};
    }

    int file_;
};

}  // namespace

mail_folder::mail_folder(std::filesystem::path folder, offload& blocking)
    : folder_{std::move(folder)},
      blocking_{blocking}
{
    std::filesystem::create_directories(folder_);
}

awaitable<> mail_folder::send(const mail_message& what)
{
    const auto file = folder_ / (what.id.substr(0, what.id.rfind('@')) + ".eml");
    const auto store = [&](const std::stop_token&) {
        auto aside = file;
        aside += ".part";
        {
            const opened part{aside, O_WRONLY | O_CREAT | O_TRUNC};
            part.write(to_wire(what));
            part.sync();
        }
        std::filesystem::rename(aside, file);
        opened{folder_, O_RDONLY | O_DIRECTORY}.sync();
    };
    co_await blocking_.run(store);
}

}  // namespace orders
