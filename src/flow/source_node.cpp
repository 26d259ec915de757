// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/source_node.hpp>

namespace oriel {

void dead_letter_node::accept(const dead_letter& letter) {
  counters_.in.add(1);
  counters_.applied.add(1);
  counters_.out.add(1);
  letters_.send({std::span(&letter, 1), std::span(&beginning_of_time, 1), std::span(&beginning_of_time, 1)});
}

void dead_letter_node::finish() {
  letters_.watermark(end_of_time);
  letters_.end();
}

}  // namespace oriel
