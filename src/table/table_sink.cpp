// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_sink.hpp>

#include <algorithm>
#include <limits>

#include <oriel/core/error.hpp>


namespace oriel::detail {
namespace {

column_type column_type_for(const member_column& member) {
  switch (member.field.type) {
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
    case field_type::structure:
    case field_type::list: break;
  }
  throw error(error_kind::unsupported, "into: column '" + member.name +
                                           "' is a list or an optional struct, which tables do not store yet; leave it "
                                           "out with .columns, or flat_map it into rows");
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

void push(const member_column& member, const void* at, column_buffer& out) {
  switch (member.field.type) {
    case field_type::boolean: return out.push_back(read<bool>(at));
    case field_type::int8: return out.push_back(read<std::int8_t>(at));
    case field_type::int16: return out.push_back(read<std::int16_t>(at));
    case field_type::int32: return out.push_back(read<std::int32_t>(at));
    case field_type::int64: return out.push_back(read<std::int64_t>(at));
    case field_type::uint8: return out.push_back(read<std::uint8_t>(at));
    case field_type::uint16: return out.push_back(read<std::uint16_t>(at));
    case field_type::uint32: return out.push_back(read<std::uint32_t>(at));
    case field_type::uint64: {
      const auto value = read<std::uint64_t>(at);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw error(error_kind::exhausted, "into: " + std::to_string(value) + " in column '" + member.name +
                                               "' does not fit a LONG; map it to a string or a double");
      }
      return out.push_back(static_cast<std::int64_t>(value));
    }
    case field_type::float32: return out.push_back(static_cast<double>(read<float>(at)));
    case field_type::float64: return out.push_back(read<double>(at));
    case field_type::text_view: return out.push_back(read<std::string_view>(at));
    case field_type::text: return out.push_back(std::string_view(read<std::string>(at)));
    case field_type::time: return out.push_back(read<timestamp>(at));
    case field_type::structure:
    case field_type::list: break;
  }
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
        for (const member_column& m : members) known.push_back(m.name);
        std::string list;
        for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
        throw error(error_kind::invalid, "into: the stream has no column '" + name + "'; it has " + list);
      }
      members_.push_back(*found);
    }
  }
  for (const member_column& m : members_) converted_.emplace_back(column_type_for(m));
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

}  // namespace oriel::detail
