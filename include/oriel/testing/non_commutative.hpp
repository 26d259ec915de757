// SPDX-License-Identifier: Apache-2.0
// oriel/testing/non_commutative.hpp - an aggregate that tells when events were put together in the wrong order.
//
// A sum cannot see that two partials were swapped; this one can. Every test of an
// algorithm that combines partials should run with it.
#pragma once

#include <string>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel::testing {

/// Strings, one after the other in the order of arrival.
template <typename Input, typename Projection = itself>
class concatenation : public restrictable<concatenation<Input, Projection>> {
 public:
  using input = Input;
  using partial = std::string;
  using output = std::string;

  concatenation() = default;
  explicit concatenation(Projection projection) : projection_(std::move(projection)) {}

  partial identity() const { return {}; }
  partial lift(const input& event) const { return std::string(project(projection_, event)); }
  partial combine(const partial& earlier, const partial& later) const { return earlier + later; }
  output lower(const partial& p) const { return p; }

 private:
  [[no_unique_address]] Projection projection_{};
};

template <typename Projection>
concatenation(Projection) -> concatenation<callable_argument<Projection>, Projection>;

using concatenate = concatenation<std::string>;

}  // namespace oriel::testing
