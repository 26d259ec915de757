// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_sink.hpp>

#include <algorithm>
#include <limits>

#include <oriel/core/error.hpp>
#include <oriel/core/near_names.hpp>

namespace oriel::detail {
namespace {

/// The type of column for a member, or for the elements of a list.
column_type column_type_for(const std::string& name, const field_descriptor& field) {
  switch (field.type) {
    case field_type::boolean: return column_type::boolean;
    case field_type::int8:
    case field_type::int16:
    case field_type::int32:
    case field_type::int64:
    case field_type::uint8:
    case field_type::uint16:
    case field_type::uint32:
    case field_type::uint64: return column_type::int64;
    case field_type::float32:
    case field_type::float64: return column_type::float64;
    case field_type::text_view:
    case field_type::text: return column_type::string;
    case field_type::time: return column_type::time;
    case field_type::list: {
      const field_descriptor& element = *field.element;
      if (element.nullable || element.type == field_type::list || element.type == field_type::structure) break;
      return list_of(column_type_for(name, element));
    }
    case field_type::structure: break;
  }
  throw error(error_kind::unsupported,
              "into: column '" + name +
                  "' is an optional struct, or a list of optionals, structs or lists, which tables do not store; leave "
                  "it out with .columns, or map or flat_map it into rows");
}

/// Whether a column can look at the member where it is.
bool viewable(const field_descriptor& field) {
  if (field.nullable) return false;
  switch (field.type) {
    case field_type::boolean:
    case field_type::int64:
    case field_type::float64:
    case field_type::text_view:
    case field_type::time: return true;
    default: return false;
  }
}

template <typename T>
const T& read(const void* at) {
  return *static_cast<const T*>(at);
}

/// Hands a value, as the type columns know, to `take`.
template <typename Take>
void convert(const member_column& member, field_type type, const void* at, Take take) {
  switch (type) {
    case field_type::boolean: return take(read<bool>(at));
    case field_type::int8: return take(std::int64_t{read<std::int8_t>(at)});
    case field_type::int16: return take(std::int64_t{read<std::int16_t>(at)});
    case field_type::int32: return take(std::int64_t{read<std::int32_t>(at)});
    case field_type::int64: return take(read<std::int64_t>(at));
    case field_type::uint8: return take(std::int64_t{read<std::uint8_t>(at)});
    case field_type::uint16: return take(std::int64_t{read<std::uint16_t>(at)});
    case field_type::uint32: return take(std::int64_t{read<std::uint32_t>(at)});
    case field_type::uint64: {
      const auto value = read<std::uint64_t>(at);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw error(error_kind::exhausted, "into: " + std::to_string(value) + " in column '" + member.name +
                                               "' does not fit a LONG; map it to a string or a double");
      }
      return take(static_cast<std::int64_t>(value));
    }
    case field_type::float32: return take(static_cast<double>(read<float>(at)));
    case field_type::float64: return take(read<double>(at));
    case field_type::text_view: return take(read<std::string_view>(at));
    case field_type::text: return take(std::string_view(read<std::string>(at)));
    case field_type::time: return take(read<timestamp>(at));
    case field_type::structure:
    case field_type::list: break;
  }
}

void push(const member_column& member, const void* at, column_buffer& out) {
  if (member.field.type != field_type::list) {
    return convert(member, member.field.type, at, [&](auto value) { out.push_back(value); });
  }
  out.begin_list();
  for (std::size_t i = 0; i < member.field.size(at); ++i) {
    convert(member, member.field.element->type, member.field.at(at, i), [&](auto value) { out.push_element(value); });
  }
  out.end_list();
}

column_values view_of(const member_column& member, const char* first, std::size_t stride) {
  switch (member.field.type) {
    case field_type::boolean: return {reinterpret_cast<const bool*>(first), stride};
    case field_type::int64: return {reinterpret_cast<const std::int64_t*>(first), stride};
    case field_type::float64: return {reinterpret_cast<const double*>(first), stride};
    case field_type::text_view: return {reinterpret_cast<const std::string_view*>(first), stride};
    default: return {reinterpret_cast<const timestamp*>(first), stride};
  }
}

}  // namespace

void append_columns(std::span<const field_descriptor> fields, std::size_t offset, const std::string& prefix,
                    std::vector<member_column>& out) {
  for (const field_descriptor& field : fields) {
    const std::string name = prefix + std::string(field.name);
    if (field.type == field_type::structure && !field.nullable) {
      append_columns(field.fields, offset + field.offset, name + ".", out);
    } else {
      out.push_back({name, field, offset + field.offset});
    }
  }
}

row_columns::row_columns(std::vector<member_column> members, const std::vector<std::string>& chosen) {
  if (chosen.empty()) {
    members_ = std::move(members);
  } else {
    for (const std::string& name : chosen) {
      const auto found = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == name; });
      if (found == members.end()) {
        std::vector<std::string> known;
        known.reserve(members.size());
        for (const member_column& m : members) known.push_back(m.name);
        std::string list;
        for (const std::string& k : known) list.append(list.empty() ? "" : ", ").append(k);
        throw error(error_kind::invalid,
                    std::string("into: the stream has no column '").append(name).append("'; it has ") + list);
      }
      members_.push_back(*found);
    }
  }
  for (const member_column& m : members_) converted_.emplace_back(column_type_for(m.name, m.field));
}

schema row_columns::schema(std::vector<std::string> key) const {
  std::vector<column_description> columns;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    columns.push_back({members_[i].name, converted_[i].type(), members_[i].field.nullable});
  }
  return oriel::schema(std::move(columns), std::move(key));
}

column_batch row_columns::view(const void* first, std::size_t size, std::size_t stride) {
  views_.clear();
  for (std::size_t c = 0; c < members_.size(); ++c) {
    const member_column& member = members_[c];
    const char* at = static_cast<const char*>(first) + member.offset;
    if (viewable(member.field)) {
      views_.push_back(view_of(member, at, stride));
      continue;
    }
    converted_[c].clear();
    for (std::size_t row = 0; row < size; ++row, at += stride) {
      const void* const value = member.field.nullable ? member.field.held(at) : at;
      if (value == nullptr) {
        converted_[c].push_null();
      } else {
        push(member, value, converted_[c]);
      }
    }
    views_.push_back(converted_[c].view());
  }
  return {size, views_};
}

std::optional<std::size_t> comparison_column(const schema& columns, const std::string& name, const std::string& table) {
  if (name.empty()) return std::nullopt;
  const std::optional<std::size_t> found = columns.find(name);
  const std::string start = "into '" + table + "': .comparison is '" + name + "', ";
  if (!found) {
    std::vector<std::string> known;
    for (const column_description& c : columns.columns()) known.push_back(c.name);
    throw error(error_kind::invalid, start + "which is no column" + did_you_mean(name, known));
  }
  const column_description& c = columns[*found];
  if ((c.type != column_type::int64 && c.type != column_type::time) || c.nullable) {
    throw error(error_kind::invalid, start + "which is " + std::string(to_string(c.type)) +
                                         (c.nullable ? " or null" : "") + "; it must be LONG or TIMESTAMP, and never null");
  }
  return found;
}

}  // namespace oriel::detail
