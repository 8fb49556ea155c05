#include "sluice/store/postgres_words.hpp"
#include "sluice/store/postgres_address.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::store;

BOOST_AUTO_TEST_CASE(parameters_are_numbered_but_not_in_strings_names_and_comments)
{
    const std::pair<const char*, const char*> rows[] = {{"select ?1, ?12", "select $1, $12"},
                                                        {"select '?1 ''?2', ?3", "select '?1 ''?2', $3"},
                                                        {"select \"?1\" -- ?2\n, ?3", "select \"?1\" -- ?2\n, $3"},
                                                        {"select /* ?1 ' */ ?2", "select /* ?1 ' */ $2"},
                                                        {"select '?1", "select '?1"},
                                                        {"select a ? b, ?", "select a ? b, ?"},
                                                        {"", ""}};
    for (const auto& [sql, expected] : rows) BOOST_TEST(numbered(sql) == expected);
}

BOOST_AUTO_TEST_CASE(columns_are_read_as_their_types_say)
{
    BOOST_TEST((decoded(20, "-9223372036854775808") == sql_value{std::numeric_limits<std::int64_t>::min()}));
    BOOST_TEST((decoded(1700, "12") == sql_value{std::int64_t{12}}));
    BOOST_TEST((decoded(1700, "1.5") == sql_value{std::string{"1.5"}}));
    BOOST_TEST((decoded(16, "t") == sql_value{std::int64_t{1}}));
    BOOST_TEST((decoded(16, "f") == sql_value{std::int64_t{0}}));
    BOOST_TEST((decoded(25, "12") == sql_value{std::string{"12"}}));
    BOOST_TEST((decoded(17, "\\x00ffAb") == sql_value{blob{std::string{"\0\xff\xab", 3}}}));
}

BOOST_AUTO_TEST_CASE(each_sqlstate_has_its_class)
{
    struct row {
        const char* state;
        errc code;
        bool again, over;
    };
    const row rows[] = {{"23505", errc::already_exists, false, false}, {"23514", errc::invalid, false, false},
                        {"42P01", errc::invalid, false, false},        {"40001", errc::unavailable, true, false},
                        {"40P01", errc::unavailable, true, false},     {"57014", errc::timed_out, false, false},
                        {"57P01", errc::unavailable, true, true},      {"08006", errc::unavailable, true, true},
                        {"08P01", errc::invalid, false, false},        {"53300", errc::unavailable, false, true},
                        {"28P01", errc::unavailable, false, true},     {"XX001", errc::corrupt, false, false},
                        {"26000", errc::unavailable, true, true}};
    for (const auto& [state, code, again, over] : rows) {
        const auto found = class_of_state(state);
        BOOST_TEST((found.code == code), state);
        BOOST_TEST(found.again == again, state);
        BOOST_TEST(found.over == over, state);
    }
}

BOOST_AUTO_TEST_CASE(no_word_of_a_password_is_told)
{
    const postgres_address good{"postgresql://anna:geheim@db.example:6432/shop?sslmode=require"};
    BOOST_TEST(good.text() == "db.example:6432/shop");
    BOOST_TEST(postgres_address{"host=/run/postgresql dbname=shop"}.text() == "/run/postgresql/shop");
    BOOST_TEST(postgres_address{"postgresql:///shop"}.text() == "the local server/shop");
    for (const char* bad : {"postgresql://anna:geh@eim@db/shop", "postgresql://anna:12/geheim@db/shop",
                            "postgresql://anna:geheim@db:x/shop", "geheim", "postgresql://db/shop?geheim=1",
                            "postgresql://anna:geheim%zz@db/shop"}) {
        try {
            const postgres_address wrong{bad};
            BOOST_ERROR(std::string{"taken: "} + bad + " as " + wrong.text());
        } catch (const failure& refused) {
            BOOST_TEST((refused.why() == errc::invalid));
            const std::string text = refused.what();
            BOOST_TEST(text.find("geh") == text.npos, text);
            BOOST_TEST(text.find("eim") == text.npos, text);
        }
    }
}
