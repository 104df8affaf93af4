-- What every schema may use: geometry, exclusion keys over ids, similarity of
-- names, and an order for names in which Chinese sorts by pinyin.
-- +goose Up
create extension if not exists postgis;
create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create collation if not exists public.names (provider = icu, locale = 'zh-u-co-pinyin');

-- +goose Down
drop collation if exists public.names;
