#include "bench/pipeline/merge_tree.hpp"

#include <algorithm>

#include "bench/pipeline/merge_pair.hpp"

namespace ipcsort::pipeline {
namespace {

using Numbers = std::span<const std::int32_t>;

// What a node merges at a time. Two buffers of 2 x 16 KiB a level for four runs: first level cache and a
// little more. Smaller steps spend their time on finding where to cut, larger ones on the second level cache.
constexpr std::size_t step_numbers = 4096;

// Numbers in ascending order, of which the first ones can be looked at.
class Node {
 public:
  virtual ~Node() = default;
  // At least step_numbers of them are ready afterwards, or all that are left.
  virtual void refill() = 0;
  [[nodiscard]] Numbers ready() const noexcept { return ready_; }
  void drop(std::size_t count) noexcept { ready_ = ready_.subspan(count); }

 protected:
  Numbers ready_;
};

// A run in memory: all of it is ready from the start.
class Whole final : public Node {
 public:
  explicit Whole(Numbers run) { ready_ = run; }
  void refill() override {}
};

// Holds what is ready but not yet taken, and room behind it.
class Buffered : public Node {
 public:
  explicit Buffered(std::size_t size)
      : numbers_(std::make_unique_for_overwrite<std::int32_t[]>(size)), size_(size) {}
  void refill() final {
    while (ready_.size() < step_numbers && !ended_) {
      std::copy(ready_.begin(), ready_.end(), numbers_.get());
      const std::size_t count = next({numbers_.get() + ready_.size(), size_ - ready_.size()});
      ready_ = {numbers_.get(), ready_.size() + count};
      ended_ = count == 0;
    }
  }

 protected:
  // Puts the next numbers to the beginning of `room`; how many, 0 when there are none any more.
  virtual std::size_t next(std::span<std::int32_t> room) = 0;

 private:
  std::unique_ptr<std::int32_t[]> numbers_;
  std::size_t size_;
  bool ended_ = false;
};

// A run that is read piece by piece.
class Read final : public Buffered {
 public:
  explicit Read(RunSource& source) : Buffered(step_numbers + source_piece_numbers), source_(source) {}

 protected:
  std::size_t next(std::span<std::int32_t> room) override { return source_.read(room); }

 private:
  RunSource& source_;
};

// Two nodes' numbers, merged step by step.
class Junction final : public Buffered {
 public:
  Junction(std::unique_ptr<Node> left, std::unique_ptr<Node> right)
      : Buffered(2 * step_numbers), left_(std::move(left)), right_(std::move(right)) {}
  // At most a step of them; 0 also when there is no room.
  std::size_t next(std::span<std::int32_t> room) override {
    left_->refill();
    right_->refill();
    // A step takes at most a step from either side, and so much is ready unless the side comes to its end.
    const Numbers left = left_->ready().first(std::min(left_->ready().size(), step_numbers));
    const Numbers right = right_->ready().first(std::min(right_->ready().size(), step_numbers));
    const std::size_t count = std::min({left.size() + right.size(), room.size(), step_numbers});
    const std::size_t from_left = merge_path(left, right, count);
    const std::size_t from_right = count - from_left;
    merge_pair(left.first(from_left), right.first(from_right), room.first(count));
    left_->drop(from_left);
    right_->drop(from_right);
    return count;
  }

 private:
  std::unique_ptr<Node> left_;
  std::unique_ptr<Node> right_;
};

// `leaves` has two or more; the tree is as flat as can be, so that every number passes log2 of them levels.
std::unique_ptr<Junction> make_tree(std::vector<std::unique_ptr<Node>> leaves) {
  while (leaves.size() > 2) {
    std::vector<std::unique_ptr<Node>> level;
    for (std::size_t i = 0; i + 1 < leaves.size(); i += 2)
      level.push_back(std::make_unique<Junction>(std::move(leaves[i]), std::move(leaves[i + 1])));
    if (leaves.size() % 2 == 1) level.push_back(std::move(leaves.back()));
    leaves = std::move(level);
  }
  return std::make_unique<Junction>(std::move(leaves[0]), std::move(leaves[1]));
}

std::size_t run_tree(std::vector<std::unique_ptr<Node>> leaves, std::span<std::int32_t> out) {
  const std::unique_ptr<Junction> root = make_tree(std::move(leaves));
  std::size_t done = 0;
  while (const std::size_t count = root->next(out.subspan(done))) done += count;
  return done;
}

}  // namespace

void merge_in_cache(const std::vector<Numbers>& runs, std::span<std::int32_t> out) {
  std::vector<std::unique_ptr<Node>> leaves;
  for (const Numbers run : runs) {
    if (!run.empty()) leaves.push_back(std::make_unique<Whole>(run));
  }
  if (leaves.size() > 1) {
    run_tree(std::move(leaves), out);
  } else if (leaves.size() == 1) {
    std::copy(leaves.front()->ready().begin(), leaves.front()->ready().end(), out.begin());
  }
}

std::size_t merge_sources(std::span<const std::unique_ptr<RunSource>> sources, std::span<std::int32_t> out) {
  if (sources.size() > 1) {
    std::vector<std::unique_ptr<Node>> leaves;
    for (const auto& source : sources) leaves.push_back(std::make_unique<Read>(*source));
    return run_tree(std::move(leaves), out);
  }
  std::size_t done = 0;
  while (!sources.empty() && done < out.size()) {
    const std::size_t count = sources.front()->read(out.subspan(done));
    if (count == 0) break;
    done += count;
  }
  return done;
}

}  // namespace ipcsort::pipeline
