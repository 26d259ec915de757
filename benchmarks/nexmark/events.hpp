// SPDX-License-Identifier: Apache-2.0
// benchmarks/nexmark/events.hpp - people, auctions and bids in Nexmark's proportions.
//
// Of 50 events one is a new person, three are new auctions and 46 are bids. Half of the bids are for the hot
// auction (the first of every hundred), three quarters are by the hot bidder (the second of every hundred people),
// three quarters of the auctions are by the hot seller (the first of them); the others choose among the last 100
// auctions and the last 1 000 people, and up to ten that do not exist yet. Prices are even in their logarithm, from
// 100 to 100 000 000. Half of the bids come through four hot channels, the others through one of 10 000. Events are
// in order.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>

#include <oriel/core/time.hpp>
#include <oriel/io/generator.hpp>

namespace nexmark {

struct person {
  std::int64_t id = 0;
  std::string_view name, city, state;
  oriel::timestamp ts{};
};

struct auction {
  std::int64_t id = 0, seller = 0, category = 0, initial_bid = 0;
  oriel::timestamp expires{}, ts{};
};

struct bid {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  oriel::timestamp ts{};
};

BOOST_DESCRIBE_STRUCT(person, (), (id, name, city, state, ts))
BOOST_DESCRIBE_STRUCT(auction, (), (id, seller, category, initial_bid, expires, ts))
BOOST_DESCRIBE_STRUCT(bid, (), (auction, bidder, price, channel, url, ts))

/// As they come: one stream of all three.
struct event {
  oriel::timestamp ts{};
  std::variant<person, auction, bid> what{};
};

/// Events and the strings they view.
class event_log {
 public:
  event_log(std::size_t count, std::int64_t events_per_second, oriel::timestamp start) : random_(20240102) {
    make_texts();
    events.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto elapsed = static_cast<std::int64_t>(i) * 1000 / events_per_second;
      events.push_back(next(i, start + oriel::duration{elapsed}));
    }
  }
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;

  std::vector<event> events;

 private:
  static constexpr std::int64_t first_id = 1'000;
  static constexpr std::int64_t lead = 10;  // ids that do not exist yet
  static constexpr std::size_t cold_channels = 10'000;

  event next(std::size_t i, oriel::timestamp ts) {
    const std::size_t place = i % 50;
    if (place == 0) return {ts, new_person(ts)};
    if (place < 4) return {ts, new_auction(ts)};
    return {ts, new_bid(ts)};
  }

  person new_person(oriel::timestamp ts) {
    static constexpr std::array<std::string_view, 6> states = {"AZ", "CA", "ID", "OR", "WA", "WY"};
    static constexpr std::array<std::string_view, 6> cities = {"Tucson", "Fresno", "Boise", "Salem", "Tacoma", "Cody"};
    const std::size_t at = random_.below(states.size());
    const std::int64_t id = first_id + people_++;
    return {id, names_[random_.below(names_.size())], cities[at], states[at], ts};
  }

  auction new_auction(oriel::timestamp ts) {
    const std::int64_t seller = random_.below(4) > 0 ? (people_ - 1) / 100 * 100 : any_person();
    const std::int64_t id = first_id + auctions_++;
    const std::int64_t category = 10 + random_.between(0, 4);
    const std::int64_t initial_bid = price();
    const oriel::timestamp expires = ts + oriel::duration{random_.between(1, 340)};
    return {id, first_id + seller, category, initial_bid, expires, ts};
  }

  bid new_bid(oriel::timestamp ts) {
    const std::int64_t newest = auctions_ - 1;
    const std::int64_t oldest = std::max<std::int64_t>(newest - 100, 0);
    const std::int64_t of = random_.below(2) > 0 ? newest / 100 * 100 : random_.between(oldest, newest + lead);
    const std::int64_t by = random_.below(4) > 0 ? (people_ - 1) / 100 * 100 + 1 : any_person();
    const std::int64_t offered = price();
    const std::size_t through = random_.below(2) > 0 ? random_.below(4) : 4 + random_.below(cold_channels);
    return {first_id + of, first_id + by, offered, channels_[through], urls_[through], ts};
  }

  std::int64_t any_person() {
    const std::int64_t active = std::min<std::int64_t>(people_, 1'000);
    return people_ - active + random_.between(0, active + lead - 1);
  }
  std::int64_t price() { return std::llround(std::pow(10.0, random_.unit() * 6) * 100); }

  void make_texts() {
    for (const char* first : {"Ada", "Bo", "Cleo", "Dov", "Ema", "Finn", "Gus", "Hana"}) {
      for (const char* last : {"Arch", "Bay", "Corbel", "Eave"}) names_.push_back(std::string(first) + " " + last);
    }
    channels_ = {"search", "social", "mail", "store"};
    for (std::size_t i = 0; i < cold_channels; ++i) channels_.push_back("channel-" + std::to_string(i));
    for (const std::string& channel : channels_) urls_.push_back("https://auctions.example/" + channel + "/item?id=7");
  }

  oriel::random_engine random_;
  std::int64_t people_ = 0;
  std::int64_t auctions_ = 0;
  std::vector<std::string> names_, channels_, urls_;
};

}  // namespace nexmark
