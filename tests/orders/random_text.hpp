#pragma once

#include <iterator>
#include <random>
#include <string>
#include <string_view>

/// Any bytes, and more often those that could break a mail.
inline std::string random_text(std::mt19937_64& random, std::size_t longest)
{
    static const std::string_view sharp[] = {"\r\n",
                                             "\r\nBcc: evil@x.example\r\n\r\n",
                                             "\n",
                                             "\n.\n",
                                             "\r",
                                             "\t",
                                             "\"",
                                             "\\",
                                             "<",
                                             "<b>",
                                             ">",
                                             "@",
                                             ",",
                                             ":",
                                             "=?UTF-8?B?",
                                             "?=",
                                             "=3D",
                                             "\xC2\x85",
                                             "\xE2\x80\xA8",
                                             "é",
                                             "漢",
                                             "--=_alternatives",
                                             "&",
                                             "&lt;",
                                             "'",
                                             ".",
                                             " ",
                                             "%",
                                             "\xF0\x9F\x9B\x92"};
    std::string text;
    for (auto pieces = std::uniform_int_distribution<std::size_t>{0, longest}(random); pieces > 0; --pieces) {
        if (random() % 2)
            text += sharp[random() % std::size(sharp)];
        else
            text += static_cast<char>(random() % 8 ? 'a' + random() % 26 : random());
    }
    return text;
}
