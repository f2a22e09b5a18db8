/** The first environment variable that the output says is missing, and the line that says so; none that the instance has. */
export function missingVariable(lines: readonly string[], given: readonly string[]): { name: string; line: string } | undefined {
  const has = new Set(given)
  // Some print the line of the program too, before the error.
  const ordered = [...lines.filter((line) => /^\s*[\w.$]*(error|exception|panic)\b/i.test(line)), ...lines]
  for (const pattern of patterns) {
    for (const line of ordered) {
      // A name that the program itself never declared is a mistake in the program.
      if (/\b(ReferenceError|NameError)\b/.test(line)) continue
      const name = pattern.exec(line)?.groups?.name
      if (name !== undefined && !has.has(name)) return { name, line: line.trim() }
    }
  }
  return undefined
}

/** As environment variables are written, so that no other word is taken for one. */
const name = '["\'`$]*(?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z][A-Z0-9]{2,})\\b["\'`]*'
const variable = '(?:(?:env(?:ironment)?[ -]?)?(?:var(?:iable)?|secret|setting|key)s?|env(?:ironment)?)'
const missing =
  '(?:required|missing|undefined|unset|empty|not (?:been )?(?:set|defined|provided|found|specified|configured|present)|unbound variable|parameter (?:null or )?not set)'
const demanded = '(?:must|has to|needs to|should) be (?:set|defined|provided|specified|configured|present)'

/** The surest first. */
const patterns = [
  // Python and Ruby: KeyError: 'X'; KeyError: key not found: "X".
  new RegExp(`\\bKeyError\\b.*?: ${name}`),
  // X is not set; the environment variable X is required; X environment variable must be set; sh: 1: X: parameter not set.
  new RegExp(`(?:^|[^\\w])${name}:? (?:${variable} )?(?:(?:is|was|are|has|have|been) )*(?:${missing}|${demanded})`),
  // Missing environment variable: X; required key X missing value; set the environment variable X.
  new RegExp(
    `\\b(?:[Mm]issing|[Rr]equired|[Uu]ndefined|[Uu]nset|[Nn]o|[Ss]et|[Pp]rovide|[Dd]efine)(?: \\w+)? ${variable}(?: named| called)?:? ${name}`,
  ),
  // Set the X environment variable.
  new RegExp(`\\b(?:[Ss]et|[Pp]rovide|[Dd]efine) (?:the )?${name} (?:environment )?variable`),
  // Spring.
  new RegExp(`\\bCould not resolve placeholder ${name}`),
  // The line of the program that Node.js, Python and others print before the error.
  /\bprocess\.env(?:\.|\[["'])(?<name>[A-Z][A-Z0-9_]*)/,
  /\bos\.(?:environ\[|[Gg]etenv\()["'](?<name>[A-Z][A-Z0-9_]*)/,
]
