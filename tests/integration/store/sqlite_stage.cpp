#include "sluice/store/sqlite_database.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "store/stage.hpp"

namespace {

class sqlite_stage final : public stage {
public:
    std::unique_ptr<sluice::store::sql_database> connect(std::vector<sluice::store::sql_migrations> stores) override
    {
        return std::make_unique<sluice::store::sqlite_database>(folder_ / "a.db", std::move(stores));
    }

private:
    sluice::testing::temporary_folder folder_;
};

}  // namespace

std::unique_ptr<stage> new_stage()
{
    return std::make_unique<sqlite_stage>();
}
