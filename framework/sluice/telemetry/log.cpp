#include "sluice/telemetry/log.hpp"
