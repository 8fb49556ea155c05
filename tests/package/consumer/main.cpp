#include <sluice/flow/flow.hpp>
#include <sluice/kafka/embedded_broker.hpp>

#include <iostream>

struct greeting {
    std::string to;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to))

int main()
{
    const sluice::topic greetings{"greetings", &greeting::to};
    const sluice::kafka::embedded_broker broker;
    const auto record = sluice::emit(greetings, {"world"}).records().front();
    std::cout << *record.value << " → " << broker.bootstrap_servers().substr(0, 9) << "\n";
}
