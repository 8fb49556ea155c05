#include "orders/stock_store.hpp"

#include <boost/test/unit_test.hpp>

using namespace orders;

BOOST_AUTO_TEST_CASE(a_stock_setting_is_read_or_refused)
{
    const auto stock = parse_stock("SKU-008..SKU-011=7,apple=0");
    const quantities wanted{{"SKU-008", 7}, {"SKU-009", 7}, {"SKU-010", 7}, {"SKU-011", 7}, {"apple", 0}};
    BOOST_TEST((stock == wanted));
    for (const auto* bad : {"", "apple", "apple=", "=1", "apple=-1", "apple=1x", "a1..a=1", "a2..a1=1", "a1..b2=1",
                            "a1..a20=1", "apple=1,", "a000000..a999999=1", "apple=9223372036854775808",
                            "apple=1000000000001", "apple=1, pear=1", "apple=1,apple=2", "a1..a3=1,a2=1"})
        BOOST_TEST(!parse_stock(bad), bad);
}
