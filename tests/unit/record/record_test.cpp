#include "sluice/record/record.hpp"

#include "sluice/record/record_id.hpp"

#include <boost/test/unit_test.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace {

using sluice::record;
using sluice::record_id;

const sluice::timestamp some_time{std::chrono::milliseconds{1234}};

record sample()
{
    return record::make({"order.placed", 3}, 1042, std::string{"k\0y", 3}, "",
                        {{"a", "1"}, {"b", std::nullopt}, {"a", std::string{"\0", 1}}, {"", ""}}, some_time);
}

BOOST_AUTO_TEST_SUITE(records)

BOOST_AUTO_TEST_CASE(a_record_keeps_what_it_was_made_of)
{
    const record made = sample();
    BOOST_TEST(made.topic() == "order.placed");
    BOOST_TEST(made.partition() == 3);
    BOOST_TEST(made.offset() == 1042);
    BOOST_TEST((made.time() == some_time));
    BOOST_TEST((made.key() == std::string_view{"k\0y", 3}));
    BOOST_TEST((made.value() == std::string_view{}));
    BOOST_TEST(made.headers().size() == 4u);
}

BOOST_AUTO_TEST_CASE(null_is_not_empty)
{
    const record tombstone = record::make({"t", 0}, 0, std::nullopt, std::nullopt);
    BOOST_TEST(!tombstone.key().has_value());
    BOOST_TEST(!tombstone.value().has_value());
    BOOST_TEST(tombstone.headers().empty());
    BOOST_TEST(!tombstone.detach().value().has_value());
    BOOST_TEST(sample().value().has_value());
}

BOOST_AUTO_TEST_CASE(the_last_header_of_a_name_counts)
{
    const record made = sample();
    BOOST_TEST((made.header("a") == std::string_view{"\0", 1}));
    BOOST_TEST(!made.header("b").has_value());
    BOOST_TEST((made.header("") == std::string_view{}));
    BOOST_TEST(!made.header("A").has_value());
}

BOOST_AUTO_TEST_CASE(a_detached_record_owns_its_bytes)
{
    auto first = std::make_unique<record>(sample());
    const auto* topic = first->topic().data();
    const record copy = first->detach();
    BOOST_TEST(static_cast<const void*>(copy.topic().data()) != static_cast<const void*>(topic));
    first.reset();
    BOOST_TEST(copy.topic() == "order.placed");
    BOOST_TEST(copy.partition() == 3);
    BOOST_TEST(copy.offset() == 1042);
    BOOST_TEST((copy.time() == some_time));
    BOOST_TEST((copy.key() == std::string_view{"k\0y", 3}));
    BOOST_TEST((copy.header("a") == std::string_view{"\0", 1}));
    BOOST_TEST(copy.headers().size() == 4u);
    BOOST_TEST(copy.headers()[1].name == "b");
    BOOST_TEST(!copy.headers()[1].value.has_value());
}

BOOST_AUTO_TEST_CASE(views_of_a_record_survive_its_move)
{
    record first = record::make({"t", 0}, 0, "short", "also short");
    const auto key = *first.key();
    const record second = std::move(first);
    BOOST_TEST(static_cast<const void*>(second.key()->data()) == static_cast<const void*>(key.data()));
    BOOST_TEST(key == "short");
}

BOOST_AUTO_TEST_CASE(an_emitted_record_s_id_is_the_uuid_of_its_cause)
{
    // Computed with Python's uuid.uuid5 from the same namespace and name.
    const record_id cause = record_id::of(record::make({"order.placed", 3}, 1042, {}, {}));
    BOOST_TEST(cause.text() == "order.placed/3/1042");
    BOOST_TEST(record_id::caused_by(cause, "inventory", 0).text() == "b36833dc-4c08-57f8-9ad9-619976cea6d0");
    BOOST_TEST(record_id::caused_by(cause, "inventory", 11).text() == "96ba9143-7487-5c7e-9a1d-2745e3d6baf2");
    BOOST_TEST((record_id::caused_by(cause, "inventory1", 1) != record_id::caused_by(cause, "inventory", 11)));
}

BOOST_AUTO_TEST_CASE(the_header_names_a_record_and_an_empty_one_does_not)
{
    BOOST_TEST(record_id::of(record::make({"t", 0}, 7, {}, {}, {{"sluice-id", "x"}})).text() == "x");
    BOOST_TEST(record_id::of(record::make({"t", 0}, 7, {}, {}, {{"sluice-id", ""}})).text() == "t/0/7");
    BOOST_TEST(record_id::of(record::make({"t", 0}, 7, {}, {}, {{"sluice-id", std::nullopt}})).text() == "t/0/7");
}

BOOST_AUTO_TEST_CASE(random_ids_are_version_4_and_differ)
{
    const auto first = record_id::random(), second = record_id::random();
    BOOST_TEST((first != second));
    BOOST_TEST(
        (boost::uuids::string_generator{}(first.text()).version() == boost::uuids::uuid::version_random_number_based));
    std::set<record_id> all;
    for (int drawn = 0; drawn < 1'000; ++drawn) {
        const auto id = record_id::random();
        BOOST_TEST((boost::uuids::string_generator{}(id.text()).variant() == boost::uuids::uuid::variant_rfc_4122));
        BOOST_TEST(all.insert(id).second);
    }
}

BOOST_AUTO_TEST_CASE(a_child_process_draws_other_ids_than_its_parent)
{
    record_id::random();  // so that random bytes are left
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const auto child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        const auto id = record_id::random().text();
        _exit(write(ends[1], id.data(), id.size()) == static_cast<ssize_t>(id.size()) ? 0 : 1);
    }
    std::string theirs(36, ' ');
    BOOST_TEST(read(ends[0], theirs.data(), theirs.size()) == 36);
    BOOST_TEST(theirs != record_id::random().text());
    int status = 0;
    waitpid(child, &status, 0);
    BOOST_TEST(status == 0);
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
