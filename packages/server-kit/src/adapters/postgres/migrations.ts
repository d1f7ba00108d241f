/** One step from an empty database to the tables of today. What was released once is never changed again. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly number: number
  /** What it is about, for people who look into `sheaf_migrations`. */
  readonly name: string
  readonly sql: string
}

/**
 * Texts that are compared or sorted are so by their bytes (COLLATE "C"), alike in every locale and after every update of
 * the operating system. Nothing refers to `users` as a foreign key: people may come from another identity provider.
 * Times are milliseconds since 1970.
 */
const people = `
CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,
  email text NOT NULL,
  -- The address in lower case, as the program computes it.
  email_key text COLLATE "C" NOT NULL CONSTRAINT users_email_unique UNIQUE,
  password_hash text NOT NULL,
  display_name text NOT NULL,
  can_create_documents boolean NOT NULL,
  created_at bigint NOT NULL,
  disabled_at bigint
);

CREATE TABLE permissions (
  document_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  role text NOT NULL CONSTRAINT permissions_role_known CHECK (role IN ('owner', 'editor', 'commenter', 'viewer')),
  granted_by text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (document_id, user_id)
);
CREATE INDEX permissions_of_user ON permissions (user_id, created_at, document_id);

CREATE TABLE refresh_tokens (
  id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  family text COLLATE "C" NOT NULL,
  token_hash text COLLATE "C" NOT NULL CONSTRAINT refresh_tokens_hash_unique UNIQUE,
  expires_at bigint NOT NULL,
  rotated_at bigint,
  revoked_at bigint
);
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_of_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
`

export const MIGRATIONS: readonly Migration[] = [{ number: 1, name: 'people', sql: people }]

/** The migration that this program works with. */
export const KNOWN_MIGRATION = MIGRATIONS.length
export const TABLES = ['users', 'permissions', 'refresh_tokens'] as const
