// SPDX-License-Identifier: Apache-2.0
// src/table/catalog.cpp - tables by name under one lock.
#include <oriel/table/catalog.hpp>

#include <mutex>
#include <utility>

#include <oriel/core/error.hpp>
#include <oriel/core/near_names.hpp>
#include <table/fair_lock.hpp>

namespace oriel {
namespace {

/// The position of exactly this name, else of one that differs in case, else `names.size()`.
template <typename Tables, typename NameOf>
std::size_t position_of(const Tables& tables, std::string_view name, NameOf&& name_of) {
  std::size_t found = tables.size();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (name_of(tables[i]) == name) return i;
    if (found == tables.size() && equal_ignoring_case(name_of(tables[i]), name)) found = i;
  }
  return found;
}

[[noreturn]] void fail_unknown(std::string_view name, const std::vector<std::string>& known) {
  throw error(error_kind::invalid, "no table '" + std::string(name) + "'" + did_you_mean(name, known));
}

}  // namespace

const table_snapshot* catalog_snapshot::find(std::string_view name) const noexcept {
  const std::size_t i = position_of(
      tables_, name, [](const table_snapshot& t) -> const auto& { return t.name(); });
  return i < tables_.size() ? &tables_[i] : nullptr;
}

const table_snapshot& catalog_snapshot::at(std::string_view name) const {
  const table_snapshot* const found = find(name);
  if (found == nullptr) fail_unknown(name, names());
  return *found;
}

std::vector<std::string> catalog_snapshot::names() const {
  std::vector<std::string> names;
  for (const table_snapshot& t : tables_) names.push_back(t.name());
  return names;
}

write_guard::write_guard(detail::fair_lock& lock) : lock_(&lock) { lock.lock(); }

write_guard::~write_guard() {
  if (lock_ != nullptr) lock_->unlock();
}

catalog::catalog() : lock_(std::make_shared<detail::fair_lock>()) {}
catalog::~catalog() = default;

table& catalog::create(std::string name, schema columns, table_options options) {
  const std::lock_guard guard(*lock_);
  if (table* const found = find(name)) {
    if (found->name() == name && found->schema() == columns && found->options() == options) return *found;
    throw error(error_kind::invalid, "table '" + name + "' cannot be made: there is a table '" + found->name() +
                                         "' with another schema, key or options; choose another name");
  }
  tables_.push_back(std::unique_ptr<table>(new table(std::move(name), std::move(columns), std::move(options), lock_)));
  return *tables_.back();
}

table* catalog::find(std::string_view name) const {
  const std::lock_guard guard(*lock_);
  const auto name_of = [](const std::unique_ptr<table>& t) -> const std::string& { return t->name(); };
  const std::size_t i = position_of(tables_, name, name_of);
  return i < tables_.size() ? tables_[i].get() : nullptr;
}

table& catalog::at(std::string_view name) const {
  const std::lock_guard guard(*lock_);
  table* const found = find(name);
  if (found == nullptr) fail_unknown(name, names());
  return *found;
}

std::vector<std::string> catalog::names() const {
  const std::lock_guard guard(*lock_);
  std::vector<std::string> names;
  for (const auto& t : tables_) names.push_back(t->name());
  return names;
}

write_guard catalog::write() { return write_guard(*lock_); }

table_snapshot catalog::snapshot(std::string_view name) const {
  const std::lock_guard guard(*lock_);
  return at(name).snapshot();
}

catalog_snapshot catalog::snapshot(std::span<const std::string> names) const {
  const std::lock_guard guard(*lock_);
  catalog_snapshot all;
  for (const std::string& name : names) all.tables_.push_back(at(name).snapshot());
  return all;
}

catalog_snapshot catalog::snapshot() const {
  const std::lock_guard guard(*lock_);
  catalog_snapshot all;
  for (const auto& t : tables_) all.tables_.push_back(t->snapshot());
  return all;
}

}  // namespace oriel
