#pragma once

#include "sluice/record/json_decoder.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/string_view.hpp>

#include <forward_list>

namespace sluice::detail {

/// Takes the parser's events and fills the target along its tables; keeps the way to where it stands on a stack of
/// its own, from which the path of an error comes. Up to 16 levels and fields in the declared order it allocates
/// nothing.
class json_reader {
    using string_view = boost::json::string_view;
    using error_code = boost::system::error_code;

public:
    json_reader(std::string_view text, void* target, const json_type& type, std::size_t depth)
        : text_{text},
          next_{target, &type},
          depth_{depth}
    {
    }

    std::optional<decode_error> failure;
    /// Of the value that the parser is in: of its object or array where that is between two.
    [[nodiscard]] std::string path_of_unfinished();

    // What basic_parser asks of its handler: no limits of its own, and to be told what comes.
    static constexpr std::size_t max_object_size = -1, max_array_size = -1, max_key_size = -1, max_string_size = -1;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) { return begin(json_token::kind::object, ec); }
    bool on_object_end(std::size_t, error_code& ec);
    bool on_array_begin(error_code& ec) { return begin(json_token::kind::array, ec); }
    bool on_array_end(std::size_t, error_code&) { return frames_.pop_back(), true; }
    bool on_key_part(string_view part, std::size_t total, error_code&) { return keep(part, total); }
    bool on_key(string_view last, std::size_t total, error_code& ec);
    bool on_string_part(string_view part, std::size_t total, error_code&) { return keep(part, total); }
    bool on_string(string_view last, std::size_t total, error_code& ec)
    {
        return take({.what = json_token::kind::string, .text = whole(last, total)}, ec);
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t value, string_view text, error_code& ec)
    {
        return take({.what = json_token::kind::integer, .text = text, .integer = value}, ec);
    }
    bool on_uint64(std::uint64_t value, string_view text, error_code& ec)
    {
        return take({.what = json_token::kind::natural, .text = text, .natural = value}, ec);
    }
    bool on_double(double value, string_view text, error_code& ec)
    {
        return take({.what = json_token::kind::real, .text = text, .real = value}, ec);
    }
    bool on_bool(bool value, error_code& ec) { return take({.what = json_token::kind::boolean, .truth = value}, ec); }
    bool on_null(error_code& ec) { return take({.what = json_token::kind::null}, ec); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

private:
    /// Where the next value goes; no type: nowhere.
    struct slot {
        void* target = nullptr;
        const json_type* type = nullptr;
    };
    /// An object or an array that is not complete.
    struct frame {
        slot where;
        bool array;
        std::size_t count = 0;      // of an array: the elements begun
        std::size_t expected = 0;   // of a struct: the member that should come next
        std::uint64_t seen = 0;     // of a struct: a bit a member
        std::string_view key = {};  // of an object: what is being read
        bool awaited = false;       // of an object: the key has come, and not yet its value
        std::size_t ignored;        // of an object: where its keys begin in ignored_
    };

    slot next_slot();
    bool begin(json_token::kind what, error_code& ec);
    bool take(const json_token& token, error_code& ec);
    bool keep(std::string_view part, std::size_t total);
    std::string_view whole(std::string_view last, std::size_t total);
    bool refuse(decode_error::kind what, std::string expected, std::string found, error_code& ec);
    bool refuse_duplicate(error_code& ec);
    [[nodiscard]] std::string path() const;

    const std::string_view text_;
    slot next_;
    const std::size_t depth_;
    boost::container::small_vector<frame, 16> frames_;
    std::string parts_;                                             // a key or string that has escapes
    boost::container::small_vector<std::string_view, 16> ignored_;  // keys, to find the duplicates among them
    std::forward_list<std::string> escaped_;                        // keys that the text does not hold as they are
};

}  // namespace sluice::detail
