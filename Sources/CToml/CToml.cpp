#include <toml++/toml.h>
extern "C" {
#include "CToml.h"
int ctoml_placeholder(void) { return 0; }
}
