-- +goose NO TRANSACTION
-- +goose Up
-- An operator finds an employee over all customers by the beginning of its name, its extension or its mobile number.
CREATE INDEX CONCURRENTLY IF NOT EXISTS directory_found_name ON directory (full_name) WHERE full_name IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS directory_extensions_number ON directory_extensions (number);
CREATE INDEX CONCURRENTLY IF NOT EXISTS directory_accounts_called ON directory_accounts (called COLLATE "C");

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS directory_accounts_called;
DROP INDEX CONCURRENTLY IF EXISTS directory_extensions_number;
DROP INDEX CONCURRENTLY IF EXISTS directory_found_name;
