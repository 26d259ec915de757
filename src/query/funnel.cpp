// SPDX-License-Identifier: Apache-2.0
// src/query/funnel.cpp - how many users got to each step.
#include <query/funnel.hpp>

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/aggregate/funnel_chains.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

// Events that match a step, kept until the end and then looked at user by user.
class funnel : public accumulator {
 public:
  explicit funnel(std::size_t steps) : steps_(steps) {}

  void resize(std::size_t) override {}
  void update(const column_vector&, const grouped_rows&) override {}

  std::size_t grown() noexcept override {
    const std::size_t before = std::exchange(noted_, events_.size());
    return (events_.size() - before) * sizeof(event);
  }

  column_data values(std::size_t groups) const override {
    std::vector<std::int64_t> users(groups * steps_, 0);
    for_each_user([&](std::uint32_t group, std::size_t level) {
      for (std::size_t i = 0; i < level; ++i) ++users[group * steps_ + i];
    });
    column_data out(column_type::int64_list);
    for (std::size_t g = 0; g < groups; ++g) {
      out.push_list(steps_, [&](std::size_t i) { return users[g * steps_ + i]; });
    }
    return out;
  }

 protected:
  struct event {
    std::uint32_t group;
    std::uint64_t user;
    std::int64_t time;
    std::uint64_t steps;  // bit i: matches step i + 1
  };

  virtual std::size_t level_of(const event* first, const event* last) const = 0;

  /// Calls `f(group, level)` for each user of each group.
  template <typename F>
  void for_each_user(F&& f) const {
    // By group, user, time and lowest step; what is equal stays in the order it came.
    std::vector<event> sorted = events_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const event& a, const event& b) {
      return std::tuple(a.group, a.user, a.time, std::countr_zero(a.steps)) <
             std::tuple(b.group, b.user, b.time, std::countr_zero(b.steps));
    });
    for (std::size_t first = 0; first < sorted.size();) {
      std::size_t last = first;
      while (last < sorted.size() && sorted[last].group == sorted[first].group &&
             sorted[last].user == sorted[first].user) {
        ++last;
      }
      f(sorted[first].group, level_of(sorted.data() + first, sorted.data() + last));
      first = last;
    }
  }

  // `users` and `times` may be nullptr: then all rows of a group are one user's, and order does not matter.
  void keep(const column_vector* users, const column_vector* times, std::span<const column_vector> steps,
            const grouped_rows& in, bool keeps_all = false) {
    std::size_t k = 0;
    for_each_selected(in.rows, [&](std::size_t i) {
      const std::uint32_t group = in.groups != nullptr ? in.groups[k] : 0;
      ++k;
      if ((users != nullptr && users->is_null(i)) || (times != nullptr && times->is_null(i))) return;
      std::uint64_t matched = 0;
      for (std::size_t s = 0; s < steps.size(); ++s) {
        matched |= std::uint64_t{!steps[s].is_null(i) && steps[s].booleans()[i] != 0} << s;
      }
      if (matched == 0 && !keeps_all) return;
      const std::uint64_t user = users != nullptr ? user_of(*users, i) : 0;
      events_.push_back({group, user, times != nullptr ? times->int64s()[i] : 0, matched});
    });
  }

  std::size_t steps_;

 private:
  std::uint64_t user_of(const column_vector& v, std::size_t i) {
    switch (v.type) {
      case column_type::boolean: return v.booleans()[i] != 0 ? 1 : 0;
      case column_type::float64: return ordered_bits(v.float64s()[i]);
      case column_type::string: return names_.intern(v.text(i));
      default: return ordered_bits(v.int64s()[i]);
    }
  }

  std::vector<event> events_;
  std::size_t noted_ = 0;
  text_dictionary names_;
};

class ordered_funnel : public funnel {
 public:
  ordered_funnel(std::size_t steps, const funnel_options& options)
      : funnel(steps), rules_{.step_count = steps, .options = options} {}

  void update_many(const column_vector& users, std::span<const column_vector> more, const grouped_rows& in) override {
    keep(&users, more.data(), more.subspan(1), in);
  }

 private:
  std::size_t level_of(const event* first, const event* last) const override {
    funnel_chains<64, funnel_start> chains;
    for (const event* e = first; e != last; ++e) {
      const bool lowest = rules_.options.match == funnel_match::lowest;
      chains.advance(rules_, {.time = e->time, .bits = lowest ? e->steps & (0 - e->steps) : e->steps});
      if (chains.level() == rules_.step_count) break;
    }
    return chains.level();
  }

  funnel_rules rules_;
};

class funnel_of_groups final : public ordered_funnel {
 public:
  funnel_of_groups(std::size_t steps, const funnel_options& options, bool keeps_all)
      : ordered_funnel(steps, options), keeps_all_(keeps_all) {}

  void update_many(const column_vector& times, std::span<const column_vector> steps, const grouped_rows& in) override {
    keep(nullptr, &times, steps, in, keeps_all_);
  }

  column_data values(std::size_t groups) const override {
    std::vector<std::int64_t> levels(groups, 0);
    for_each_user([&](std::uint32_t group, std::size_t level) { levels[group] = static_cast<std::int64_t>(level); });
    column_data out(column_type::int64);
    for (const std::int64_t level : levels) out.push_int64(level);
    return out;
  }

 private:
  bool keeps_all_;
};

class unordered_funnel final : public funnel {
 public:
  using funnel::funnel;

  void update_many(const column_vector& users, std::span<const column_vector> more, const grouped_rows& in) override {
    keep(&users, nullptr, more, in);
  }

 private:
  std::size_t level_of(const event* first, const event* last) const override {
    std::uint64_t all = 0;
    for (const event* e = first; e != last; ++e) all |= e->steps;
    return static_cast<std::size_t>(std::countr_one(all));
  }
};

}  // namespace

std::unique_ptr<accumulator> make_funnel(std::size_t steps, const funnel_options& options) {
  return std::make_unique<ordered_funnel>(steps, options);
}

std::unique_ptr<accumulator> make_funnel_count(std::size_t steps) { return std::make_unique<unordered_funnel>(steps); }

std::unique_ptr<accumulator> make_funnel_max_step(std::size_t steps, const funnel_options& options, bool keeps_all) {
  return std::make_unique<funnel_of_groups>(steps, options, keeps_all);
}

}  // namespace oriel::detail
