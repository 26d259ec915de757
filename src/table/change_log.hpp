// SPDX-License-Identifier: Apache-2.0
// src/table/change_log.hpp - the changes of a table on their way to one subscription.
//
// The writer puts changes in under the table's lock, and the subscriber takes them out under
// it; so what is taken never ends in the middle of a unit. A log that is full forgets what
// it has and takes nothing more until the subscriber has begun anew.
#pragma once

#include <cstddef>
#include <vector>

#include <oriel/table/subscription.hpp>

namespace oriel::detail {

struct change_log {
  std::size_t capacity = 0;
  bool begins_anew = true;  // the next thing the subscriber is given is a snapshot
  std::vector<change<table_row>> changes{};

  void add(const change<table_row>& c) {
    if (begins_anew) return;
    if (changes.size() < capacity) return changes.push_back(c);
    begin_anew();
  }

  void begin_anew() noexcept {
    changes.clear();
    begins_anew = true;
  }
};

}  // namespace oriel::detail
