/** The user that every contestant reads. */
export const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada Lovelace",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  email: "ada@example.com",
  is_valid_email: true,
  role: "member",
  username: "ada",
  timezone: "Europe/London",
  created_at: "2025-03-01T09:30:00.123456Z",
  updated_at: "2025-03-02T10:30:00Z",
}

export const apiKey = "tiledb_0123456789abcdef0123456789abcdef"
