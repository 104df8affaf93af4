-- Secrets of authenticators are sealed with the company's key, which lies outside the
-- database. Those that were kept before are sealed by the program when it starts.
-- +goose Up
alter table identity.totp add column sealed boolean not null default false;

-- +goose Down
alter table identity.totp drop column sealed; -- whoever has a sealed secret begins anew
