/** What images of services are built on and run on, by what is in them. */
export const bases = ['debian', 'node', 'python', 'go', 'rust', 'java', 'maven', 'gradle'] as const
export type Base = (typeof bases)[number]

/** Used where the operator names no others and the machine can pull. */
export const publicImages: Readonly<Record<Base, string>> = {
  debian: 'debian:bookworm-slim',
  node: 'node:24-bookworm-slim',
  python: 'python:3.13-slim-bookworm',
  go: 'golang:1-bookworm',
  rust: 'rust:1-slim-bookworm',
  java: 'eclipse-temurin:21-jre',
  maven: 'maven:3-eclipse-temurin-21',
  gradle: 'gradle:8-jdk21',
}

/** What is made on this machine where it cannot pull: `micro/node`. */
export const localName = (base: string): string => `micro/${base}`

export const isBase = (name: string): name is Base => (bases as readonly string[]).includes(name)

export type BaseChoice = {
  /** True: images made on this machine stand in for the public ones. */
  local: boolean
  /** Named by the operator; they win. */
  named: Partial<Readonly<Record<Base, string>>>
}
