-- +goose Up

-- Crossings are read by person, which the key serves, and expire by age.
drop index track.crossing_fence_at_idx;
create index on track.crossing (at);

-- +goose Down
drop index track.crossing_at_idx;
create index on track.crossing (fence, at desc);
