// SPDX-License-Identifier: Apache-2.0
#include "io/json_plan.hpp"

#include <algorithm>
#include <utility>

#include <oriel/core/error.hpp>

namespace oriel::detail {
namespace {

std::size_t hash_key(std::string_view key) noexcept {
  if (key.empty()) return 0;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(key[at])); };
  return key.size() * 31 + byte(0) * 7 + byte(key.size() / 2) * 13 + byte(key.size() - 1);
}

/// Whether a key is written in JSON as it is.
bool is_plain(std::string_view key) noexcept {
  const bool special = std::any_of(
      key.begin(), key.end(), [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  return !special && is_utf8(key.data(), key.data() + key.size());
}

void set_key(json_slot& slot, std::string_view key) {
  slot.key = key;
  if (key.size() + 3 > json_slot::pattern_capacity || !is_plain(key)) return;
  slot.pattern[0] = '"';
  std::copy(key.begin(), key.end(), slot.pattern + 1);
  slot.pattern[key.size() + 1] = '"';
  slot.pattern[key.size() + 2] = ':';
  slot.pattern_size = static_cast<std::uint8_t>(key.size() + 3);
}

json_slot make_slot(const field_descriptor& field, std::size_t base);

/// Adds a slot; two members must not read the same key.
json_slot& add_slot(json_plan& plan, json_slot slot, std::string_view key) {
  for (const json_slot& other : plan.slots) {
    if (other.key == key) {
      throw error(error_kind::invalid, "json_lines: two members read the key '" + std::string(key) +
                                           "'; let only one do so, or give the other another path");
    }
  }
  if (plan.slots.size() == json_plan::most_fields) {
    throw error(error_kind::unsupported,
                "json_lines: a JSON object with more than 64 keys that members read; "
                "leave out members or nest them in a struct of their own");
  }
  set_key(slot, key);
  plan.slots.push_back(std::move(slot));
  return plan.slots.back();
}

/// The plan of the object under `key`, which shares its parent's address.
json_plan& enter(json_plan& plan, std::string_view key) {
  for (json_slot& slot : plan.slots) {
    if (slot.key != key) continue;
    if (slot.what == json_slot::kind::object) return *slot.plan;
    throw error(error_kind::invalid, "json_lines: a path leads into '" + std::string(key) +
                                         "', which a member reads as a whole; give that member another path");
  }
  json_slot slot;
  slot.what = json_slot::kind::object;
  slot.type = field_type::structure;
  slot.plan = std::make_unique<json_plan>();
  return *add_slot(plan, std::move(slot), key).plan;
}

void add_field(json_plan& plan, const field_descriptor& field, std::string_view path, bool is_path, std::size_t base) {
  if (is_path) {
    const std::size_t dot = path.find('.');
    if (dot != std::string_view::npos) {
      add_field(enter(plan, path.substr(0, dot)), field, path.substr(dot + 1), true, base);
      return;
    }
  }
  if (field.type == field_type::structure && !field.nullable) {
    json_plan& nested = enter(plan, path);
    for (const field_descriptor& member : field.fields) {
      add_field(nested, member, member.name, false, base + field.offset);
    }
    return;
  }
  add_slot(plan, make_slot(field, base), path);
}

json_slot make_slot(const field_descriptor& field, std::size_t base) {
  json_slot slot;
  slot.type = field.type;
  slot.what = field.nullable ? json_slot::kind::nullable : json_slot::kind::plain;
  slot.offset = base + field.offset;
  slot.field = &field;
  if (field.type == field_type::structure) {
    slot.plan = std::make_unique<json_plan>();
    for (const field_descriptor& member : field.fields) add_field(*slot.plan, member, member.name, false, 0);
  }
  if (field.type == field_type::list) slot.element = std::make_unique<json_slot>(make_slot(*field.element, 0));
  return slot;
}

/// The plan of an object nobody asks for: its keys are learnt, which makes them fast to pass over.
std::unique_ptr<json_plan> make_ignored_plan() {
  auto plan = std::make_unique<json_plan>();
  plan->depth = 1;
  plan->slots.emplace_back().what = json_slot::kind::ignored;  // there is always a slot to compare the next key with
  plan->index();
  return plan;
}

/// Gives every slot its bit, and decides what must be there: an object that only leads to optional members need not.
void finish(json_plan& plan) {
  if (plan.slots.empty()) {  // there is always a slot to compare the next key with
    plan.slots.emplace_back().what = json_slot::kind::ignored;
    plan.index();
    return;
  }
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    json_slot& slot = plan.slots[i];
    slot.bit = std::uint64_t{1} << i;
    slot.next = static_cast<std::uint16_t>(i + 1 < plan.slots.size() ? i + 1 : 0);
    if (slot.plan) finish(*slot.plan);
    for (json_slot* element = slot.element.get(); element != nullptr; element = element->element.get()) {
      if (element->plan) finish(*element->plan);
    }
    const bool may_miss =
        slot.what == json_slot::kind::object ? slot.plan->required == 0 : slot.what == json_slot::kind::nullable;
    (may_miss ? plan.optional : plan.required) |= slot.bit;
  }
  plan.index();
}

}  // namespace

std::size_t json_plan::find(std::string_view key) const noexcept {
  if (table_.empty()) return none;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash_key(key) & mask; table_[at] != 0; at = (at + 1) & mask) {
    const std::size_t slot = table_[at] - std::size_t{1};
    if (slots[slot].key == key) return slot;
  }
  return none;
}

std::size_t json_plan::ignore(std::string_view key) {
  if (slots.size() == most_slots || key.size() + 3 > json_slot::pattern_capacity) return none;
  json_slot slot;
  slot.what = json_slot::kind::ignored;
  set_key(slot, key);
  if (depth == 0) slot.plan = make_ignored_plan();  // deeper ones would take memory as the input likes
  slots.push_back(std::move(slot));
  index();
  return slots.size() - 1;
}

void json_plan::index() {
  std::size_t size = 8;
  while (size < slots.size() * 4) size *= 2;
  table_.assign(size, 0);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::size_t at = hash_key(slots[i].key) & (size - 1);
    while (table_[at] != 0) at = (at + 1) & (size - 1);
    table_[at] = static_cast<std::uint16_t>(i + 1);
  }
}

std::unique_ptr<json_plan> make_json_plan(std::span<const field_descriptor> fields, std::span<const json_path> paths) {
  for (const json_path& renamed : paths) {
    const bool known =
        std::any_of(fields.begin(), fields.end(), [&](const field_descriptor& f) { return f.name == renamed.member; });
    if (known) continue;
    std::string names;
    for (const field_descriptor& field : fields) names.append(names.empty() ? "" : ", ").append(field.name);
    throw error(error_kind::invalid,
                "json_lines: .paths names '" + renamed.member + "', which is not a member; the members are " + names);
  }
  auto plan = std::make_unique<json_plan>();
  for (const field_descriptor& field : fields) {
    const auto renamed =
        std::find_if(paths.begin(), paths.end(), [&](const json_path& p) { return p.member == field.name; });
    const bool is_path = renamed != paths.end();
    add_field(*plan, field, is_path ? std::string_view{renamed->path} : field.name, is_path, 0);
  }
  finish(*plan);
  return plan;
}

}  // namespace oriel::detail
