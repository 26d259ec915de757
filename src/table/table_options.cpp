// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_options.hpp>

namespace oriel {

std::string_view to_string(merge_strategy strategy) noexcept {
  switch (strategy) {
    case merge_strategy::overwrite: return "overwrite";
    case merge_strategy::force_overwrite: return "force_overwrite";
    case merge_strategy::ignore: return "ignore";
    case merge_strategy::increment: return "increment";
    case merge_strategy::min: return "min";
    case merge_strategy::max: return "max";
    case merge_strategy::append: return "append";
    case merge_strategy::union_: return "union";
  }
  return "?";
}

}  // namespace oriel
