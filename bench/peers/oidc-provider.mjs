// SPDX-License-Identifier: Apache-2.0
// oidc-provider - npm's oidc-provider as a peer of the bench: everything in memory, nothing durable, one process.
//
// usage: node oidc-provider.mjs PORT
//
// A browser that is sent to the login page comes back logged in and consented at once, so that sessions are cheap to prepare; the
// measured requests never pass there. Access tokens are opaque, and JWTs when the request names a resource: urn:bench:es256 or
// urn:bench:rs256 (oidc-provider can neither introspect its JWTs nor take them at userinfo).
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const RESOURCES = { 'urn:bench:es256': 'ES256', 'urn:bench:rs256': 'RS256' };
const REDIRECT = 'http://127.0.0.1:8499/cb';

const jwk = (type, options, more) =>
  ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...more });

// The library's own memory adapter forgets all but the last 1,000 records, so codes prepared for a run would be gone.
const records = new Map();
const byGrant = new Map();
const byUid = new Map();

class MemoryAdapter {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload, expiresIn) {
    const key = this.key(id);
    records.set(key, { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    if (this.model === 'Session') byUid.set(payload.uid, id);
    if (payload.grantId && this.model !== 'Session') {
      if (!byGrant.has(payload.grantId)) byGrant.set(payload.grantId, new Set());
      byGrant.get(payload.grantId).add(key);
    }
  }
  async find(id) {
    const record = records.get(this.key(id));
    return record && record.until > Date.now() ? record.payload : undefined;
  }
  async findByUid(uid) { return this.find(byUid.get(uid)); }
  async findByUserCode() { return undefined; }
  async consume(id) { records.get(this.key(id)).payload.consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { records.delete(this.key(id)); }
  async revokeByGrantId(grantId) {
    for (const key of byGrant.get(grantId) ?? []) records.delete(key);
    byGrant.delete(grantId);
  }
}

const client = (id, secret, grants, more) => ({
  client_id: id, grant_types: grants, response_types: [], redirect_uris: [],
  ...(secret ? { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' } : { token_endpoint_auth_method: 'none' }),
  ...more,
});
const codeFlow = { response_types: ['code'], redirect_uris: [REDIRECT] };

const provider = new Provider(issuer, {
  adapter: MemoryAdapter,
  clients: [
    client('demo-service', 'demo-service-secret', ['client_credentials']),
    client('demo-rs', 'demo-rs-secret', ['client_credentials']),
    client('demo-portal', 'demo-portal-secret', ['authorization_code', 'refresh_token'], codeFlow),
    client('demo-public', undefined, ['authorization_code', 'refresh_token'], codeFlow),
  ],
  jwks: {
    keys: [
      jwk('ec', { namedCurve: 'P-256' }, { alg: 'ES256', kid: 'es' }),
      jwk('rsa', { modulusLength: 2048 }, { alg: 'RS256', kid: 'rs' }),
    ],
  },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  cookies: { keys: ['bench'] },
  claims: { openid: ['sub'], profile: ['name'] },
  scopes: ['openid', 'profile', 'offline_access', 'api'],
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Bench' }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  issueRefreshToken: async (ctx, c) => c.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  ttl: {
    AuthorizationCode: 600, Interaction: 600, AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600,
    RefreshToken: 86400, Session: 86400, Grant: 86400,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) =>
        ({ scope: 'api', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: RESOURCES[resource] } } }),
    },
  },
});

async function interact(req, res) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') return provider.interactionFinished(req, res, { login: { accountId: 'bench' } });
  const grant = grantId ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid profile offline_access api');
  for (const resource of Object.keys(RESOURCES)) grant.addResourceScope(resource, 'api');
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const oidc = provider.callback();
const server = createServer((req, res) => {
  if (!req.url.startsWith('/interaction/')) return oidc(req, res);
  return interact(req, res).catch((error) => { console.error(error); res.writeHead(500).end(); });
});
server.keepAliveTimeout = 60_000;
server.listen(port, '127.0.0.1', 4096);

setInterval(() => {
  const now = Date.now();
  for (const [key, record] of records) if (record.until <= now) records.delete(key);
}, 60_000).unref();
