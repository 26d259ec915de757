// SPDX-License-Identifier: Apache-2.0
// src/query/regex.cpp - regular expressions in time linear in the text.
#include <query/regex.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <oriel/core/error.hpp>

namespace oriel::detail {
namespace {

constexpr std::size_t most_states = 20'000;
constexpr int deepest_group = 100;
constexpr std::uint32_t most_repeats = 1'000;

// The code point at `at`, which moves behind it. Bytes that are not UTF-8 stand for themselves, beyond all characters.
char32_t next_character(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || at + length > text.size()) return 0x110000U + byte(at++);
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0x110000U + byte(at++);
    c = c << 6 | (byte(at + i) & 0x3F);
  }
  at += length;
  return c;
}

constexpr bool is_word_character(char32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
constexpr char32_t lowered(char32_t c) noexcept { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }
constexpr char32_t raised(char32_t c) noexcept { return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c; }

}  // namespace

// Recursive descent. A piece is a beginning and the ends that still lead nowhere.
class regex_parser {
 public:
  regex_parser(regex& out, std::string_view pattern) : out_(out), text_(pattern) {}

  void run() {
    if (text_.starts_with("(?i)")) {
      out_.ignore_case_ = true;
      at_ = 4;
    }
    out_.anchored_ = text_.substr(at_).starts_with('^') && text_.find('|') == text_.npos &&
                     (at_ + 1 == text_.size() ||
                      std::string_view("*+?{").find(text_[at_ + 1]) == std::string_view::npos);
    const piece whole = alternatives();
    if (at_ != text_.size()) fail("')' closes nothing");
    connect(whole.ends, add({}));
    out_.start_ = whole.first;
  }

 private:
  using state = regex::state;
  using kind = regex::state_kind;
  struct open_end {
    std::uint32_t from;
    bool other;
  };
  struct piece {
    std::uint32_t first = 0;
    std::vector<open_end> ends;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw error(error_kind::invalid, "this regular expression is not understood: " + what);
  }

  bool at_end() const noexcept { return at_ == text_.size(); }
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) noexcept { return !at_end() && text_[at_] == c && (++at_, true); }

  std::uint32_t add(state s) {
    if (out_.states_.size() >= most_states) fail("it is too large");
    out_.states_.push_back(s);
    return static_cast<std::uint32_t>(out_.states_.size() - 1);
  }
  void connect(const std::vector<open_end>& ends, std::uint32_t to) {
    for (const open_end& e : ends) (e.other ? out_.states_[e.from].other : out_.states_[e.from].next) = to;
  }
  piece one(state s) {
    const std::uint32_t id = add(s);
    return {id, {{id, false}}};
  }
  piece nothing() { return one({kind::split, false, 0, 0, 0, 1}); }  // a split with one way

  piece alternatives() {
    if (++depth_ > deepest_group) fail("its groups nest too deeply");
    piece left = sequence();
    while (accept('|')) {
      piece right = sequence();
      state s;
      s.kind = kind::split;
      s.next = left.first;
      s.other = right.first;
      left.first = add(s);
      left.ends.insert(left.ends.end(), right.ends.begin(), right.ends.end());
    }
    --depth_;
    return left;
  }

  piece sequence() {
    std::optional<piece> all;
    while (!at_end() && peek() != '|' && peek() != ')') {
      piece next = repeated();
      if (!all) {
        all = std::move(next);
      } else {
        connect(all->ends, next.first);
        all->ends = std::move(next.ends);
      }
    }
    return all ? std::move(*all) : nothing();
  }

  piece repeated() {
    const std::size_t begin = at_;
    piece p = atom();
    const std::size_t end = at_;
    bool again = false;
    for (;;) {
      std::uint32_t least = 0;
      std::optional<std::uint32_t> most;
      if (accept('*')) {
      } else if (accept('+')) {
        least = 1;
      } else if (accept('?')) {
        most = 1;
      } else if (peek() == '{' && counts(least, most)) {
      } else {
        return p;
      }
      if (again) fail("two repetitions follow one another");
      again = true;
      accept('?');  // lazy
      p = repeat(begin, end, std::move(p), least, most);
    }
  }

  // Copies are made by reading the atom again.
  piece repeat(std::size_t begin, std::size_t end, piece first, std::uint32_t least,
               std::optional<std::uint32_t> most) {
    const std::size_t behind = at_;
    bool used = false;
    const auto copy = [&]() -> piece {
      if (!std::exchange(used, true)) return std::move(first);
      at_ = begin;
      piece p = atom();
      if (at_ != end) fail("a repetition stands in the wrong place");
      at_ = behind;
      return p;
    };
    piece all = nothing();
    const auto append = [&](piece p) {
      connect(all.ends, p.first);
      all.ends = std::move(p.ends);
    };
    for (std::uint32_t i = 0; i < least; ++i) append(copy());
    if (!most) {
      const piece body = copy();
      state s;
      s.kind = kind::split;
      s.next = body.first;
      const std::uint32_t loop = add(s);
      connect(body.ends, loop);
      append({loop, {{loop, true}}});
    }
    std::vector<open_end> skipped;
    for (std::uint32_t i = least; most && i < *most; ++i) {
      const piece body = copy();
      state s;
      s.kind = kind::split;
      s.next = body.first;
      const std::uint32_t choice = add(s);
      skipped.push_back({choice, true});
      append({choice, body.ends});
    }
    all.ends.insert(all.ends.end(), skipped.begin(), skipped.end());
    return all;
  }

  // {n}, {n,}, {n,m}; anything else between braces is text.
  bool counts(std::uint32_t& least, std::optional<std::uint32_t>& most) {
    std::size_t i = at_ + 1;
    const auto number = [&]() -> std::optional<std::uint32_t> {
      const std::size_t first = i;
      std::uint32_t n = 0;
      while (i < text_.size() && text_[i] >= '0' && text_[i] <= '9') {
        n = std::min(n * 10 + static_cast<std::uint32_t>(text_[i] - '0'), most_repeats + 1);
        ++i;
      }
      if (i == first) return std::nullopt;
      return n;
    };
    const auto from = number();
    if (!from) return false;
    least = *from;
    most = *from;
    if (i < text_.size() && text_[i] == ',') {
      ++i;
      most = number();
    }
    if (i >= text_.size() || text_[i] != '}') return false;
    if (least > most_repeats || (most && *most > most_repeats)) fail("more than 1000 repetitions");
    if (most && *most < least) fail("the counts in {} are the wrong way round");
    at_ = i + 1;
    return true;
  }

  piece atom() {
    if (accept('(')) {
      if (accept('?') && !accept(':'))
        fail("(? begins something other than a group; only (?: ) and a leading (?i) are there");
      piece inner = alternatives();
      if (!accept(')')) fail("a ')' is missing");
      return inner;
    }
    if (accept('[')) return bracket();
    state s;
    if (accept('.')) s.kind = kind::any;
    else if (accept('^')) s.kind = kind::begin;
    else if (accept('$')) s.kind = kind::end;
    else if (accept('\\')) return escape();
    else if (peek() == '*' || peek() == '+' || peek() == '?') fail("a repetition has nothing before it");
    else return character(next_character(text_, at_));
    return one(s);
  }

  piece character(char32_t c) {
    const std::size_t first = out_.ranges_.size();
    add_range(c, c);
    return ranges(first, false);
  }

  piece ranges(std::size_t first, bool negated) {
    state s;
    s.kind = kind::range;
    s.negated = negated;
    s.ranges = static_cast<std::uint32_t>(first);
    s.count = static_cast<std::uint32_t>(out_.ranges_.size() - first);
    return one(s);
  }

  void add_range(char32_t first, char32_t last) {
    if (last < first) fail("a range is the wrong way round");
    out_.ranges_.push_back({first, last});
  }

  // Adds the characters of \d, \w or \s; false if `c` is none of them.
  bool add_class(char c) {
    switch (c) {
      case 'd': add_range('0', '9'); return true;
      case 'w':
        add_range('a', 'z');
        add_range('A', 'Z');
        add_range('0', '9');
        add_range('_', '_');
        return true;
      case 's':
        add_range('\t', '\r');
        add_range(' ', ' ');
        return true;
      default: return false;
    }
  }

  char32_t escaped_character() {
    if (at_end()) fail("it ends with '\\'");
    const char c = text_[at_];
    switch (c) {
      case 't': ++at_; return '\t';
      case 'n': ++at_; return '\n';
      case 'r': ++at_; return '\r';
      case 'f': ++at_; return '\f';
      default: break;
    }
    if (is_word_character(static_cast<unsigned char>(c))) fail(std::string("\\") + c + " is not there");
    return next_character(text_, at_);
  }

  piece escape() {
    const char c = peek();
    const std::size_t first = out_.ranges_.size();
    if (add_class(c)) {
      ++at_;
      return ranges(first, false);
    }
    if ((c == 'D' || c == 'W' || c == 'S') && add_class(static_cast<char>(c - 'A' + 'a'))) {
      ++at_;
      return ranges(first, true);
    }
    if (c == 'b' || c == 'B') {
      ++at_;
      state s;
      s.kind = c == 'b' ? kind::boundary : kind::no_boundary;
      return one(s);
    }
    return character(escaped_character());
  }

  piece bracket() {
    const bool negated = accept('^');
    const std::size_t first = out_.ranges_.size();
    for (bool begin = true; begin || peek() != ']'; begin = false) {
      if (at_end()) fail("a ']' is missing");
      if (text_.substr(at_).starts_with("[:")) fail("classes such as [:alpha:] are not there");
      if (peek() == '\\' && at_ + 1 < text_.size() && add_class(text_[at_ + 1])) {
        at_ += 2;
        continue;
      }
      const char32_t from = accept('\\') ? escaped_character() : next_character(text_, at_);
      char32_t to = from;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        to = accept('\\') ? escaped_character() : next_character(text_, at_);
      }
      add_range(from, to);
    }
    ++at_;
    return ranges(first, negated);
  }

  regex& out_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

regex::regex(std::string_view pattern, bool ignore_case) : ignore_case_(ignore_case) {
  regex_parser(*this, pattern).run();
  seen_.assign(states_.size(), 0);
}

bool regex::fits(const state& s, char32_t c) const noexcept {
  if (s.kind == state_kind::any) return c != '\n';
  const auto in = [&](char32_t x) {
    for (std::uint32_t i = 0; i < s.count; ++i) {
      const code_range& r = ranges_[s.ranges + i];
      if (x >= r.first && x <= r.last) return true;
    }
    return false;
  };
  const bool found = in(c) || (ignore_case_ && (in(lowered(c)) || in(raised(c))));
  return found != s.negated;
}

// Adds what `first` leads to without a character to `next_`; true if that includes the end of the pattern.
bool regex::follow(std::uint32_t first, const place& at) const {
  pending_.push_back(first);
  while (!pending_.empty()) {
    const std::uint32_t id = pending_.back();
    pending_.pop_back();
    if (seen_[id] == stamp_) continue;
    seen_[id] = stamp_;
    const state& s = states_[id];
    switch (s.kind) {
      case state_kind::accept: pending_.clear(); return true;
      case state_kind::split:
        pending_.push_back(s.next);
        if (s.count == 0) pending_.push_back(s.other);
        break;
      case state_kind::begin:
        if (at.begin) pending_.push_back(s.next);
        break;
      case state_kind::end:
        if (at.end) pending_.push_back(s.next);
        break;
      case state_kind::boundary:
        if (at.boundary) pending_.push_back(s.next);
        break;
      case state_kind::no_boundary:
        if (!at.boundary) pending_.push_back(s.next);
        break;
      case state_kind::range:
      case state_kind::any: next_.push_back(id); break;
    }
  }
  return false;
}

bool regex::found_in(std::string_view text) const {
  now_.clear();
  std::size_t at = 0;
  char32_t before = 0;  // no character of a word
  for (bool first = true;; first = false) {
    // The set for this place: what the character before led to, and a new beginning.
    const bool end = at == text.size();
    std::size_t behind = at;
    const char32_t c = end ? 0 : next_character(text, behind);
    place here;
    here.begin = first;
    here.end = end;
    here.boundary = is_word_character(before) != is_word_character(c);
    next_.clear();
    if (++stamp_ == 0) {
      std::fill(seen_.begin(), seen_.end(), 0);
      stamp_ = 1;
    }
    for (const std::uint32_t id : now_) {
      if (fits(states_[id], before) && follow(states_[id].next, here)) return true;
    }
    if ((first || !anchored_) && follow(start_, here)) return true;
    if (end || (anchored_ && next_.empty())) return false;
    std::swap(now_, next_);
    before = c;
    at = behind;
  }
}

}  // namespace oriel::detail
