/**
 * Every GraphQL document of the console. The types of what they return are in model.ts;
 * documents.test.ts checks them against the schema.
 */

const deploymentFields = `
  id state reason hint source trigger creator createdAt buildStartedAt rolloutStartedAt endedAt
  release { version }`

const rowFields = `
  id name state stateDetail source protocol url instancesWanted instancesReady updatedAt
  liveRelease { version }
  lastDeployment { id state reason trigger createdAt }`

const serviceFields = `
  id name state stateDetail source protocol public url hostUrl instancesWanted instancesReady createdAt updatedAt
  liveRelease { version source detected artifactBytes kept creator createdAt live }
  instances { id version state detail restarts startedAt }
  lastDeployment { ${deploymentFields} }
  deployments(first: 50) { ${deploymentFields} }
  releases(first: 50) { version source detected artifactBytes kept creator createdAt live variables }`

const runFields = `
  id service kind state stopping version command argv entry dueAt creator createdAt startedAt endedAt
  timeoutMs exitCode signal outOfMemory reason deploymentId`

const lineFields = 'cursor time instance text'
const fieldFields = 'name type description'

export const installationQuery = 'query Installation { installation { defaultLogin domain publicUrl version runtime } }'

export const meQuery = `query Me {
  me { id email username createdAt memberships { role namespace { name plan url } } }
}`

export const sessionsQuery = 'query Sessions { sessions { id kind client createdAt lastSeenAt expiresAt current } }'

export const namespaceQuery = 'query Namespace($namespace: String!) { namespace(name: $namespace) { name plan role createdAt url } }'

export const servicesQuery = `query Services($namespace: String!) { services(namespace: $namespace) { ${rowFields} } }`

export const servicesSubscription = `subscription ServicesChanged($namespace: String!) { services(namespace: $namespace) { ${rowFields} } }`

export const serviceQuery = `query Service($namespace: String!, $name: String!) {
  service(namespace: $namespace, name: $name) { ${serviceFields} }
}`

export const serviceSubscription = `subscription ServiceChanged($namespace: String!, $name: String!) {
  service(namespace: $namespace, name: $name) { ${serviceFields} }
}`

export const endpointsQuery = `query Endpoints($namespace: String!, $name: String!) {
  service(namespace: $namespace, name: $name) {
    endpoints {
      name path description clientStreaming serverStreaming
      request { ${fieldFields} }
      response { ${fieldFields} }
    }
  }
}`

export const deploymentQuery = `query Deployment($namespace: String!, $id: ID!) {
  deployment(namespace: $namespace, id: $id) { ${deploymentFields} releaseStartedAt releaseEndedAt service { name } }
}`

export const deploymentSubscription = `subscription DeploymentChanged($namespace: String!, $id: ID!) {
  deployment(namespace: $namespace, id: $id) { ${deploymentFields} releaseStartedAt releaseEndedAt service { name } }
}`

export const runsQuery = `query Runs($namespace: String!, $service: String!) {
  runs(namespace: $namespace, service: $service, first: 50) { ${runFields} }
}`

export const runsSubscription = `subscription RunsChanged($namespace: String!, $service: String!) {
  runs(namespace: $namespace, service: $service, first: 50) { ${runFields} }
}`

export const runQuery = `query Run($namespace: String!, $id: ID!) { run(namespace: $namespace, id: $id) { ${runFields} } }`

export const runSubscription = `subscription RunChanged($namespace: String!, $id: ID!) {
  run(namespace: $namespace, id: $id) { ${runFields} }
}`

export const runLogSubscription = `subscription RunLogFollowed($namespace: String!, $run: ID!, $after: String) {
  lines: runLog(namespace: $namespace, run: $run, after: $after) { ${lineFields} }
}`

export const cronQuery = `query Cron($namespace: String!, $service: String!) {
  entries: cronEntries(namespace: $namespace, service: $service) { name schedule timezone command timeoutMs overlap nextTimes }
}`

export const createRunMutation = `mutation CreateRun(
  $namespace: String!, $service: String!, $command: [String!], $entry: String, $timeoutMs: Int
) {
  run: createRun(namespace: $namespace, service: $service, command: $command, entry: $entry, timeoutMs: $timeoutMs) { id }
}`

export const cancelRunMutation =
  'mutation CancelRun($namespace: String!, $id: ID!) { run: cancelRun(namespace: $namespace, id: $id) { id } }'

export const logsQuery = `query Logs($namespace: String!, $service: String!, $last: Int!) {
  logs(namespace: $namespace, service: $service, last: $last) { ${lineFields} }
}`

export const logsSubscription = `subscription LogsFollowed($namespace: String!, $service: String!, $last: Int!, $after: String) {
  lines: logs(namespace: $namespace, service: $service, last: $last, after: $after) { ${lineFields} }
}`

export const buildLogSubscription = `subscription BuildLogFollowed($namespace: String!, $deployment: ID!, $after: String) {
  lines: buildLog(namespace: $namespace, deployment: $deployment, after: $after) { ${lineFields} }
}`

export const credentialsQuery = 'query Credentials($namespace: String!) { credentials(namespace: $namespace) { host username updatedAt } }'

export const envVarsQuery = `query EnvVars($namespace: String!, $service: String) {
  envVars(namespace: $namespace, service: $service) { name kind delivery origin state value updatedAt updatedBy }
}`

export const logInMutation = 'mutation LogIn($input: LogInInput!) { login: logIn(input: $input) { sessionId user { id } } }'

export const signUpMutation = `mutation SignUp($input: SignUpInput!) {
  login: signUp(input: $input, kind: BROWSER) { sessionId user { id } }
}`

export const logOutMutation = 'mutation LogOut { logOut }'

export const revokeSessionMutation = 'mutation RevokeSession($id: ID!) { revokeSession(id: $id) }'

export const setPasswordMutation = `mutation SetPassword($currentPassword: String!, $newPassword: String!) {
  setPassword(currentPassword: $currentPassword, newPassword: $newPassword)
}`

export const createNamespaceMutation = 'mutation CreateNamespace($name: String) { createNamespace(name: $name) { name } }'

export const deleteNamespaceMutation = 'mutation DeleteNamespace($name: String!) { deleteNamespace(name: $name) }'

export const deployMutation = `mutation Deploy($namespace: String!, $name: String!, $git: GitSourceInput!) {
  deployment: deploy(namespace: $namespace, name: $name, git: $git) { id }
}`

export const updateMutation = `mutation Update($namespace: String!, $name: String!) {
  deployment: updateService(namespace: $namespace, name: $name) { id }
}`

export const restartMutation = `mutation Restart($namespace: String!, $name: String!) {
  deployment: restartService(namespace: $namespace, name: $name) { id }
}`

export const rollbackMutation = `mutation Rollback($namespace: String!, $name: String!, $version: Int) {
  deployment: rollbackService(namespace: $namespace, name: $name, version: $version) { id }
}`

export const cancelMutation = `mutation Cancel($namespace: String!, $id: ID!) {
  deployment: cancelDeployment(namespace: $namespace, id: $id) { id }
}`

export const scaleMutation = `mutation Scale($namespace: String!, $name: String!, $instances: Int!) {
  service: scaleService(namespace: $namespace, name: $name, instances: $instances) { id }
}`

export const deleteServiceMutation =
  'mutation DeleteService($namespace: String!, $name: String!) { deleteService(namespace: $namespace, name: $name) }'

export const setEnvVarsMutation = `mutation SetEnvVars($namespace: String!, $service: String, $variables: [EnvVarInput!]!, $deploy: Boolean) {
  change: setEnvVars(namespace: $namespace, service: $service, variables: $variables, deploy: $deploy) { changed deployments }
}`

export const unsetEnvVarsMutation = `mutation UnsetEnvVars($namespace: String!, $service: String, $names: [String!]!) {
  change: unsetEnvVars(namespace: $namespace, service: $service, names: $names) { changed deployments }
}`

export const applyEnvVarsMutation = `mutation ApplyEnvVars($namespace: String!, $service: String) {
  change: applyEnvVars(namespace: $namespace, service: $service) { changed deployments }
}`

export const revealEnvVarMutation = `mutation RevealEnvVar($namespace: String!, $service: String, $name: String!) {
  value: revealEnvVar(namespace: $namespace, service: $service, name: $name)
}`

export const setCredentialMutation = `mutation SetCredential($namespace: String!, $host: String!, $username: String, $secret: String!) {
  setCredential(namespace: $namespace, host: $host, username: $username, secret: $secret) { host }
}`

export const deleteCredentialMutation = `mutation DeleteCredential($namespace: String!, $host: String!) {
  deleteCredential(namespace: $namespace, host: $host)
}`
