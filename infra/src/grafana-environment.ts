/**
 * The requirements of the Grafana image: user, folders, port, health check and environment variables. Settings that are
 * the same everywhere are in grafana-image/grafana.ini. A test compares all of this with the image's sources.
 */

/** User and group by number; the folders it writes to belong to them. */
export const grafanaUser = '472:0';

/** The folders that Grafana writes to; all others may be read-only. Their content need not outlive the container. */
export const grafanaWritableFolders = ['/var/lib/grafana', '/tmp'] as const;

export const grafanaPort = 3000;

/** Run inside the container, without a shell: exit status 0 is healthy. Works with and without a path in the root URL. */
export const grafanaHealthCommand = [
  'wget',
  '-q',
  '-O',
  '/dev/null',
  `http://127.0.0.1:${grafanaPort}/api/health`,
] as const;

/** Deployments that the image has datasources for. */
export type GrafanaDeployment = 'aws' | 'local';

/** Value of GF_PATHS_PROVISIONING. */
export const grafanaProvisioning = (deployment: GrafanaDeployment): string => `/etc/grafana/provisioning/${deployment}`;

const everywhere = [
  /** `grafanaProvisioning` of the deployment. */
  'GF_PATHS_PROVISIONING',
  /** The URL that browsers use, with a slash at the end; a path in it is served. */
  'GF_SERVER_ROOT_URL',
  /** `true` where browsers come over HTTPS; with `true`, login over HTTP doesn't work. */
  'GF_SECURITY_COOKIE_SECURE',
  /** `true` shows the boards without a login. */
  'GF_AUTH_ANONYMOUS_ENABLED',
  /** Role of visitors without a login: Viewer, Editor or Admin. */
  'GF_AUTH_ANONYMOUS_ORG_ROLE',
] as const;

/** Plain variables by deployment. */
export const grafanaVariables = {
  aws: [
    ...everywhere,
    /** The workspace's endpoint, without `api/v1`. */
    'AMP_ENDPOINT',
    /** Region of the workspace, and the default region of CloudWatch queries. */
    'AWS_REGION',
    /** Scrape interval, such as `15s`: the shortest step of a panel, from which `$__rate_interval` is derived. */
    'SCRAPE_INTERVAL',
  ],
  local: [
    ...everywhere,
    /** Scheme, host and port of a Prometheus that requires no credentials. */
    'PROMETHEUS_URL',
  ],
} as const satisfies Record<GrafanaDeployment, readonly string[]>;

/** Secret variables, the same everywhere. NAME__FILE names a file with the value instead. */
export const grafanaSecrets = [
  /** Password of the user `admin`. */
  'GF_SECURITY_ADMIN_PASSWORD',
  /** Signs sessions and encrypts what Grafana stores: fixed, so that a new task can read what the old one wrote. */
  'GF_SECURITY_SECRET_KEY',
] as const;

/** One value for each variable of a deployment: one too few or too many doesn't compile. */
export type GrafanaEnvironment<Deployment extends GrafanaDeployment, Value = string> = Readonly<
  Record<(typeof grafanaVariables)[Deployment][number], Value>
>;
export type GrafanaSecrets<Value> = Readonly<Record<(typeof grafanaSecrets)[number], Value>>;

/**
 * Access for visitors without a login.
 * - `off`: nothing.
 * - `viewer`: see every board, and send any query to the datasources.
 * - `admin`: change everything, until the next start.
 */
export const anonymousAccess = ['off', 'viewer', 'admin'] as const;
export type AnonymousAccess = (typeof anonymousAccess)[number];

/** Anonymous access as Grafana's variables. */
export const grafanaAnonymousAccess = (access: AnonymousAccess) =>
  ({
    GF_AUTH_ANONYMOUS_ENABLED: access === 'off' ? 'false' : 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: access === 'admin' ? 'Admin' : 'Viewer',
  }) as const satisfies Partial<GrafanaEnvironment<GrafanaDeployment>>;
