// SPDX-License-Identifier: Apache-2.0
// A running aggregate replaces rows it has sent before; a sink takes rows that stay as they are.
// expect: a sink takes rows that stay as they are
#include <memory>

#include <oriel/aggregate/count.hpp>
#include <oriel/stream/pipeline.hpp>

using namespace oriel::literals;

struct click {
  int page;
  oriel::timestamp ts;
};

/// A sink that forgets what it is given.
struct nowhere {
  template <typename T>
  std::unique_ptr<oriel::sink<T>> open() const {
    struct forgetting final : oriel::sink<T> {
      void write(const oriel::batch_view<T>&) override {}
    };
    return std::make_unique<forgetting>();
  }
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto clicks = p.from(p.input<click>("clicks")).event_time(&click::ts);
#if SHOULD_NOT_COMPILE
  clicks.key_by(&click::page).unbounded().aggregate("views"_col = oriel::count()).to(nowhere{});
#else
  clicks.to(nowhere{});
#endif
}
