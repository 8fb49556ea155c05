# cmake -D NAMESPACE=… -D NAME=… -D FILE=… -D OUTPUT=… -P embed.cmake: a file as a string that the program carries.
file(READ "${FILE}" content)
file(WRITE "${OUTPUT}" "#include <string_view>

namespace ${NAMESPACE} {

extern const std::string_view ${NAME};
const std::string_view ${NAME} = R\"embedded(${content})embedded\";

}  // namespace ${NAMESPACE}
")
