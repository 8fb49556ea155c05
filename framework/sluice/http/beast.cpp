// Beast's own sources, compiled once.
#include <boost/beast/src.hpp>
