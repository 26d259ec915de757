// SPDX-License-Identifier: Apache-2.0
#include "io/json_decoder.hpp"

#include <bit>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <system_error>

namespace oriel::detail {
namespace {

constexpr std::uint64_t most_int64 = std::numeric_limits<std::int64_t>::max();

const char* name_of(field_type type) noexcept {
  switch (type) {
    case field_type::boolean: return "bool";
    case field_type::int8: return "int8";
    case field_type::int16: return "int16";
    case field_type::int32: return "int32";
    case field_type::int64: return "int64";
    case field_type::uint8: return "uint8";
    case field_type::uint16: return "uint16";
    case field_type::uint32: return "uint32";
    case field_type::uint64: return "uint64";
    case field_type::float32: return "float";
    case field_type::float64: return "double";
    case field_type::text_view:
    case field_type::text: return "string";
    case field_type::time: return "timestamp";
    case field_type::structure: return "object";
    case field_type::list: return "array";
  }
  return "?";
}

/// What begins at `p`, in words; nullptr when nothing in JSON begins so.
const char* kind_of_value(const char* p) noexcept {
  switch (*p) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "an array";
    case 't': return std::memcmp(p, "true", 4) == 0 ? "a boolean" : nullptr;
    case 'f': return std::memcmp(p, "false", 5) == 0 ? "a boolean" : nullptr;
    case 'n': return std::memcmp(p, "null", 4) == 0 ? "null" : nullptr;
    default: return *p == '-' || is_digit(*p) ? "a number" : nullptr;
  }
}

std::string text_of(const json_number& number) {
  constexpr std::size_t enough = 40;
  const std::string_view text{number.first, static_cast<std::size_t>(number.last - number.first)};
  return text.size() <= enough ? std::string(text) : std::string(text.substr(0, enough)) + "...";
}

/// Reads an integral number; false when it does not fit 64 bits.
template <typename Integer>
bool to_integer(const json_number& number, Integer& value) noexcept {
  if constexpr (std::is_unsigned_v<Integer>) {
    if (number.negative) {
      value = 0;
      return number.exact && number.digits == 0;  // -0
    }
  }
  if (number.exact && number.digits <= most_int64) {
    value = static_cast<Integer>(number.digits);
    if (number.negative) value = static_cast<Integer>(Integer{0} - value);
    return true;
  }
  return std::from_chars(number.first, number.last, value).ec == std::errc{};
}

template <typename Integer>
bool store_integer(const json_number& number, void* member) noexcept {
  using wide = std::conditional_t<std::is_signed_v<Integer>, std::int64_t, std::uint64_t>;
  wide value = 0;
  if (!to_integer(number, value)) return false;
  if (value < wide{std::numeric_limits<Integer>::min()} || value > wide{std::numeric_limits<Integer>::max()}) {
    return false;
  }
  *static_cast<Integer*>(member) = static_cast<Integer>(value);
  return true;
}

bool store_integer(field_type type, const json_number& number, void* member) noexcept {
  switch (type) {
    case field_type::int8: return store_integer<std::int8_t>(number, member);
    case field_type::int16: return store_integer<std::int16_t>(number, member);
    case field_type::int32: return store_integer<std::int32_t>(number, member);
    case field_type::uint8: return store_integer<std::uint8_t>(number, member);
    case field_type::uint16: return store_integer<std::uint16_t>(number, member);
    case field_type::uint32: return store_integer<std::uint32_t>(number, member);
    case field_type::uint64: return store_integer<std::uint64_t>(number, member);
    default: return store_integer<std::int64_t>(number, member);
  }
}

}  // namespace

const char* json_decoder::decode(const char* line, void* row, arena& bytes) {
  bytes_ = &bytes;
  line_ = line;
  const char* p = skip_space(line);
  if (*p != '{') return expected("a JSON object", p);
  p = read_object(*plan_, p, static_cast<char*>(row));
  if (p == nullptr) return nullptr;
  p = skip_space(p);
  if (*p != '\n') return fault_(p, "more text behind the object");
  return p;
}

/// Reads the object `p` stands on; `base` is the address its members are offset from.
const char* json_decoder::read_object(json_plan& plan, const char* p, char* base) {
  std::uint64_t seen = 0;
  std::size_t expected_slot = plan.first;
  std::size_t before = json_plan::none;  // the slot of the key before this one
  p = skip_space(p + 1);
  if (*p == '}') {
    ++p;
  } else {
    for (;;) {
      std::size_t index = expected_slot;
      if (plan.slots[index].matches(p)) {
        p += plan.slots[index].pattern_size;
      } else {
        index = find_slot(plan, p, p);
        if (p == nullptr) return nullptr;
        if (index != json_plan::none) {
          (before == json_plan::none ? plan.first : plan.slots[before].next) = static_cast<std::uint16_t>(index);
        }
      }
      p = skip_space(p);
      if (index == json_plan::none) {
        p = skip_value(p, fault_, plan.depth);
        if (p == nullptr) return nullptr;
      } else {
        json_slot& slot = plan.slots[index];
        seen |= slot.bit;
        p = slot.what == json_slot::kind::ignored ? read_ignored(plan, slot, p) : read_value(slot, p, base);
        if (p == nullptr) {
          within(slot.key);
          return nullptr;
        }
        before = index;
        expected_slot = slot.next;
      }
      p = skip_space(p);
      if (*p == ',') {
        p = skip_space(p + 1);
        continue;
      }
      if (*p == '}') break;
      return fault_(p, "expected ',' or '}'");
    }
    ++p;
  }
  if ((plan.required & ~seen) != 0) return missing(plan, plan.required & ~seen);
  if ((plan.optional & ~seen) != 0) clear_missing(plan, plan.optional & ~seen, base);
  return p;
}

/// Reads a key that was not the expected one, up to its colon: its slot, or `none`.
std::size_t json_decoder::find_slot(json_plan& plan, const char* key, const char*& behind) {
  behind = nullptr;
  if (*key != '"') {
    fault_(key, "expected a key");
    return json_plan::none;
  }
  std::string_view text;
  if (scratch_.size() != 0) scratch_.clear();
  const char* p = read_string(key, &scratch_, text, fault_);
  if (p == nullptr) return json_plan::none;
  p = skip_space(p);
  if (*p != ':') {
    fault_(p, "expected ':'");
    return json_plan::none;
  }
  behind = p + 1;
  const std::size_t found = plan.find(text);
  return found != json_plan::none ? found : plan.ignore(text);
}

/// Reads a value into its member.
inline const char* json_decoder::read_value(json_slot& slot, const char* p, char* base) {
  if (slot.what != json_slot::kind::plain) return read_special(slot, p, base);
  return read_member(slot, p, base + slot.offset);
}

/// Reads a value nobody asks for.
inline const char* json_decoder::read_ignored(json_plan& around, json_slot& slot, const char* p) {
  if (*p == '{' && slot.plan) return read_object(*slot.plan, p, nullptr);
  std::string_view text;
  return *p == '"' ? read_string(p, nullptr, text, fault_) : skip_value(p, fault_, around.depth);
}

/// Reads what is not simply a member that must be there.
const char* json_decoder::read_special(json_slot& slot, const char* p, char* base) {
  const bool null = std::memcmp(p, "null", 4) == 0;
  if (slot.what == json_slot::kind::object) {
    if (null && slot.plan->required == 0) {
      clear_missing(*slot.plan, slot.plan->optional, base);
      return p + 4;
    }
    return *p == '{' ? read_object(*slot.plan, p, base) : expected("an object", p);
  }
  void* const optional = base + slot.offset;
  if (null) {
    slot.field->disengage(optional);
    return p + 4;
  }
  const void* const held = slot.field->held(optional);  // kept when there: a list or string keeps its capacity
  return read_member(slot, p, held != nullptr ? const_cast<void*>(held) : slot.field->engage(optional));
}

/// The kinds of most members are read here, the others one call away.
inline const char* json_decoder::read_member(json_slot& slot, const char* p, void* member) {
  switch (slot.type) {
    case field_type::text_view:
      if (*p != '"') return expected("a string", p);
      return read_string(p, bytes_, *static_cast<std::string_view*>(member), fault_);
    case field_type::int64:
      if (is_digit(*p)) {
        json_number number;
        const char* const last = read_number(p, number, fault_);
        if (last != nullptr && number.integral && number.exact && number.digits <= most_int64) {
          *static_cast<std::int64_t*>(member) = static_cast<std::int64_t>(number.digits);
          return last;
        }
      }
      return read_integer(field_type::int64, p, member);
    case field_type::float64: {
      if (*p != '-' && !is_digit(*p)) return expected("a number", p);
      json_number number;
      p = read_number(p, number, fault_);
      if (p != nullptr && !to_double(number, *static_cast<double*>(member))) return out_of_range(number, slot.type);
      return p;
    }
    case field_type::time: return read_time(p, member);
    default: return read_other(slot, p, member);
  }
}

const char* json_decoder::read_other(json_slot& slot, const char* p, void* member) {
  switch (slot.type) {
    case field_type::text: {
      if (*p != '"') return expected("a string", p);
      std::string_view text;
      if (scratch_.size() != 0) scratch_.clear();
      p = read_string(p, &scratch_, text, fault_);
      if (p != nullptr) static_cast<std::string*>(member)->assign(text);
      return p;
    }
    case field_type::float32: return read_float(p, member);
    case field_type::boolean: return read_boolean(p, member);
    case field_type::structure:
      if (*p != '{') return expected("an object", p);
      return read_object(*slot.plan, p, static_cast<char*>(member));
    case field_type::list: return read_list(slot, p, member);
    default: return read_integer(slot.type, p, member);
  }
}

const char* json_decoder::read_list(json_slot& slot, const char* p, void* list) {
  if (*p != '[') return expected("an array", p);
  slot.field->clear(list);
  p = skip_space(p + 1);
  if (*p == ']') return p + 1;
  for (std::size_t index = 0;; ++index, p = skip_space(p + 1)) {
    p = read_value(*slot.element, p, static_cast<char*>(slot.field->append(list)));
    if (p == nullptr) {
      within(index);
      return nullptr;
    }
    p = skip_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return fault_(p, "expected ',' or ']'");
  }
}

const char* json_decoder::read_integer(field_type type, const char* p, void* member) {
  if (*p != '-' && !is_digit(*p)) return expected("an integer", p);
  json_number number;
  p = read_number(p, number, fault_);
  if (p == nullptr) return nullptr;
  if (!number.integral) return refuse("expected an integer, found " + text_of(number));
  if (!store_integer(type, number, member)) return out_of_range(number, type);
  return p;
}

const char* json_decoder::read_float(const char* p, void* member) {
  if (*p != '-' && !is_digit(*p)) return expected("a number", p);
  json_number number;
  p = read_number(p, number, fault_);
  if (p != nullptr && !to_float(number, *static_cast<float*>(member))) return out_of_range(number, field_type::float32);
  return p;
}

const char* json_decoder::read_time(const char* p, void* member) {
  timestamp& time = *static_cast<timestamp*>(member);
  if (*p == '"') {
    if (const char* const behind = read_seconds(p + 1, time)) return behind;
    std::string_view text;
    if (scratch_.size() != 0) scratch_.clear();
    p = read_string(p, &scratch_, text, fault_);
    if (p == nullptr) return nullptr;
    constexpr std::size_t day_size = 10;  // 2025-10-22: in SQL its midnight, of an event it leaves open when it happened
    const auto parsed = text.size() == day_size ? std::nullopt : parse_timestamp(text);
    if (!parsed) return refuse(std::string("'").append(text.substr(0, 40)).append("' is not a timestamp"));
    time = *parsed;
    remember_minute(text, time);
    return p;
  }
  if (*p != '-' && !is_digit(*p)) return expected("a timestamp", p);
  json_number number;
  p = read_number(p, number, fault_);
  if (p == nullptr) return nullptr;
  if (!number.integral) return refuse("expected a timestamp in whole milliseconds, found " + text_of(number));
  std::int64_t ms = 0;
  // Where no event can be is found out here, where the line is still known.
  if (!store_integer<std::int64_t>(number, &ms) || at_ms(ms) < earliest_event_time || at_ms(ms) > latest_event_time) {
    return out_of_range(number, field_type::time);
  }
  time = at_ms(ms);
  return p;
}

// Times that follow each other mostly lie in the same minute: what is in front of its seconds is then known.

/// Reads a time whose minute is that of the time before, such as 2025-10-04T14:00:07Z or 2025-10-04T14:00:07.123Z, up to
/// the quote behind it; nullptr where it is not so simple.
inline const char* json_decoder::read_seconds(const char* p, timestamp& time) const noexcept {
  if (std::memcmp(p, minute_text_, sizeof minute_text_) != 0) return nullptr;
  p += sizeof minute_text_;
  const auto digit = [&](int at) { return static_cast<unsigned>(static_cast<unsigned char>(p[at])) - '0'; };
  const unsigned tens = digit(1);
  const unsigned ones = digit(2);
  if (p[0] != ':' || tens > 5 || ones > 9) return nullptr;
  unsigned ms = (tens * 10 + ones) * 1000;
  p += 3;
  if (*p == '.') {
    const unsigned first = digit(1);
    const unsigned second = digit(2);
    const unsigned third = digit(3);
    if (first > 9 || second > 9 || third > 9) return nullptr;
    ms += first * 100 + second * 10 + third;
    p += 4;
  }
  if (p[0] != 'Z' || p[1] != '"') return nullptr;
  time = minute_ + std::chrono::milliseconds(ms);
  return p + 2;
}

inline void json_decoder::remember_minute(std::string_view text, timestamp time) noexcept {
  const bool is_plain = text.size() > sizeof minute_text_ && text[sizeof minute_text_] == ':' && text.back() == 'Z' &&
                        text.substr(11, 2) != "24";  // of which there is only 24:00:00
  if (!is_plain) return;
  std::memcpy(minute_text_, text.data(), sizeof minute_text_);
  minute_ = std::chrono::floor<std::chrono::minutes>(time);
}

const char* json_decoder::read_boolean(const char* p, void* member) {
  bool& value = *static_cast<bool*>(member);
  value = *p == 't';
  if (std::memcmp(p, "true", 4) == 0) return p + 4;
  if (std::memcmp(p, "false", 5) == 0) return p + 5;
  return expected("a boolean", p);
}

/// Empties the optional members whose keys did not occur.
void json_decoder::clear_missing(json_plan& plan, std::uint64_t missing, char* base) {
  for (; missing != 0; missing &= missing - 1) {
    const json_slot& slot = plan.slots[static_cast<std::size_t>(std::countr_zero(missing))];
    if (slot.what == json_slot::kind::object) {
      clear_missing(*slot.plan, slot.plan->optional, base);
    } else {
      slot.field->disengage(base + slot.offset);
    }
  }
}

std::string json_decoder::reason() const {
  if (fault_.what != nullptr) {
    return std::string("not valid JSON at byte ").append(std::to_string(fault_.at - line_ + 1)).append(": ") +
           fault_.what;
  }
  return where_.empty() ? why_ : std::string("field '").append(where_).append("': ").append(why_);
}

const char* json_decoder::expected(const char* what, const char* found) {
  const char* const kind = kind_of_value(found);
  if (kind == nullptr) return fault_(found, "expected a value");
  return refuse(std::string("expected ") + what + ", found " + kind);
}

const char* json_decoder::out_of_range(const json_number& number, field_type type) {
  return refuse(text_of(number) + " is out of range for " + name_of(type));
}

const char* json_decoder::refuse(std::string why) {
  fault_ = {};
  where_.clear();
  why_ = std::move(why);
  return nullptr;
}

const char* json_decoder::missing(const json_plan& plan, std::uint64_t bits) {
  const json_slot& slot = plan.slots[static_cast<std::size_t>(std::countr_zero(bits))];
  refuse("missing");
  within(slot.key);
  // Name the member, not the object around it that is missing with it.
  for (const json_slot* s = &slot; s->what == json_slot::kind::object;) {
    s = &s->plan->slots[static_cast<std::size_t>(std::countr_zero(s->plan->required))];
    where_ += '.';
    where_ += s->key;
  }
  return nullptr;
}

void json_decoder::within(std::string_view key) {
  if (!where_.empty() && where_.front() != '[') where_.insert(0, 1, '.');
  where_.insert(0, key);
}

void json_decoder::within(std::size_t index) {
  if (!where_.empty() && where_.front() != '[') where_.insert(0, 1, '.');
  where_.insert(0, std::to_string(index).append(1, ']')).insert(0, 1, '[');
}

}  // namespace oriel::detail
