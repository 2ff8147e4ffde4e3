import { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Effect, Redacted } from "effect"

export const seen = [Users, UserId, Effect, Redacted] as const
