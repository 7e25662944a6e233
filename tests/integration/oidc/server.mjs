// The authorization server of the quickstart and the tests: oidc-provider with everything Haulier must cope with
// switched on (PKCE required, rotation, revocation, introspection, device flow) and a plain form to sign in, so that a
// test can play the browser. Usage: node server.mjs CONFIG.json - prints one JSON line {"port": N} when it listens.
//
// CONFIG: { host, port (0 = any free one), cert, key, accounts: {name: password}, introspection: {id, secret},
//           clients: [...], control_key, access_token_ttl_s, refresh_token_ttl_s, canary }
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { randomBytes } from 'node:crypto';
import { importJWK, jwtVerify, decodeJwt } from 'jose';
import { errors, Provider } from 'oidc-provider';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// What the control interface may change while the server runs, and what it counts for the tests.
const live = {
  access_token_ttl_s: config.access_token_ttl_s ?? 3600,
  refresh_token_ttl_s: config.refresh_token_ttl_s ?? 30 * 86400,
  device_code_ttl_s: 600,
  fail_token_requests: { count: 0, status: 503, retry_after_s: 1, body: '{"error":"temporarily_unavailable"}' },
};
const seen = { token_requests: {}, issued_access_tokens: 0, grants: new Map() };

const form = (title, action, body) => `<!doctype html><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px sans-serif;max-width:24em;margin:4em auto}label,button{display:block;margin:1em 0}</style>
<h1>${title}</h1><form method="post" action="${action}">${body}</form>`;
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

async function read_body(req, limit = 65536) {
  let text = '';
  for await (const chunk of req) {
    text += chunk;
    if (text.length > limit) throw new Error('request body is too large');
  }
  return text;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

// RFC 7523 section 2.1 for service accounts: the statement's issuer may act for the accounts it is given, nobody else.
async function exchange_statement(provider, issuer, ctx, next) {
  const { client, params } = ctx.oidc;
  let claims;
  try {
    const robot = config.service_accounts?.[decodeJwt(params.assertion).iss];
    if (!robot) throw new Error('unknown service account');
    ({ payload: claims } = await jwtVerify(params.assertion, await importJWK(robot.jwk), {
      audience: [issuer, `${issuer}/token`], requiredClaims: ['exp', 'iat', 'sub'], maxTokenAge: '10 minutes',
    }));
    if (!robot.accounts.includes(claims.sub)) throw new Error('not allowed to act for this account');
  } catch (error) {
    throw new errors.InvalidGrant(error.message);
  }
  const grant = new provider.Grant({ accountId: claims.sub, clientId: client.clientId });
  grant.addOIDCScope('mail');
  const token = new provider.AccessToken(
    { client, accountId: claims.sub, grantId: await grant.save(), gty: 'jwt_bearer', scope: 'mail' });
  ctx.oidc.entity('AccessToken', token);
  ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration, scope: 'mail' };
  await next();
}

function make_provider(issuer) {
  const provider = new Provider(issuer, {
    clients: config.clients,
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'offline_access', 'mail'],
    claims: { openid: ['sub'] },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === config.introspection.id },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    extraTokenClaims: (ctx, token) => ({ username: token.accountId ?? config.application_mailboxes?.[token.clientId] }),
    ttl: {
      AccessToken: () => live.access_token_ttl_s,
      RefreshToken: () => live.refresh_token_ttl_s,
      AuthorizationCode: 60,
      ClientCredentials: () => live.access_token_ttl_s,
      DeviceCode: () => live.device_code_ttl_s,
      Grant: 90 * 86400,
      IdToken: 3600,
      Interaction: 600,
      Session: 86400,
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) =>
      id in config.accounts ? { accountId: id, claims: () => ({ sub: id }) } : undefined,
  });
  mark_secrets(provider);
  provider.registerGrantType(JWT_BEARER, (ctx, next) => exchange_statement(provider, issuer, ctx, next),
    ['assertion', 'scope'], []);
  for (const event of ['access_token.issued', 'access_token.saved']) {
    provider.on(event, (token) => {
      seen.issued_access_tokens += 1;
      if (!token.accountId) return;
      if (!seen.grants.has(token.accountId)) seen.grants.set(token.accountId, new Set());
      seen.grants.get(token.accountId).add(token.grantId);
    });
  }
  provider.on('grant.error', (ctx, error) => console.error('grant.error', error.message, error.error_detail ?? ''));
  provider.on('server_error', (ctx, error) => console.error('server_error', error));
  return provider;
}

// Every token and code carries one word, so that the tests can look for it where no secret may ever be.
function mark_secrets(provider) {
  if (!config.canary) return;
  for (const kind of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode', 'ClientCredentials']) {
    const { prototype } = provider[kind];
    const make = prototype.generateTokenId;
    prototype.generateTokenId = function marked(...args) { return config.canary + make.apply(this, args); };
  }
}

async function show_interaction(provider, req, res, path) {
  const { prompt, params } = await provider.interactionDetails(req, res);
  const page = prompt.name === 'login'
    ? form('Sign in', path, `<label>Account <input name="username" value="${escape(params.login_hint ?? '')}"></label>
        <label>Password <input name="password" type="password"></label><button name="action" value="login">Sign in</button>`)
    : form('Allow access to your mail?', path, `<p>${escape(params.client_id)} asks for: ${escape(params.scope)}</p>
        <button name="action" value="allow">Allow</button><button name="action" value="deny">Deny</button>`);
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
}

async function grant_everything_asked(provider, details) {
  const { params, session, grantId, prompt } = details;
  const grant = (grantId && await provider.Grant.find(grantId))
    ?? new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? params.scope ?? '');
  return grant.save();
}

async function submit_interaction(provider, req, res, path) {
  const fields = new URLSearchParams(await read_body(req));
  const details = await provider.interactionDetails(req, res);
  const finish = (result) =>
    provider.interactionFinished(req, res, result, { mergeWithLastSubmission: details.prompt.name !== 'login' });
  if (fields.get('action') === 'deny') {
    return finish({ error: 'access_denied', error_description: 'the person said no' });
  }
  if (details.prompt.name === 'login') {
    const name = fields.get('username') ?? '';
    if (!(name in config.accounts) || config.accounts[name] !== fields.get('password')) {
      return res.writeHead(401, { 'content-type': 'text/html; charset=utf-8' })
        .end(form('Wrong account or password', path, '<p>Try again.</p>'));
    }
    return finish({ login: { accountId: name } });
  }
  return finish({ consent: { grantId: await grant_everything_asked(provider, details) } });
}

// Changes `live`, revokes all grants of an account, reports what was counted. Only with the key of the config.
async function control(provider, req, res) {
  if (req.headers['x-control-key'] !== config.control_key) return res.writeHead(403).end();
  const order = JSON.parse((await read_body(req)) || '{}');
  if (order.set) Object.assign(live, order.set);
  if (order.revoke_account) {
    for (const grant_id of seen.grants.get(order.revoke_account) ?? []) {
      for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode']) {
        await provider[model].adapter.revokeByGrantId(grant_id);
      }
      await (await provider.Grant.find(grant_id))?.destroy();
    }
    seen.grants.delete(order.revoke_account);
  }
  const answer = { live, token_requests: seen.token_requests, issued_access_tokens: seen.issued_access_tokens };
  return res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

// Counts a token request and, when the tests asked for it, answers it with a failure instead of a token.
function token_request_is_failed(req, res) {
  seen.token_requests.total = (seen.token_requests.total ?? 0) + 1;
  const fault = live.fail_token_requests;
  if (fault.count <= 0) return false;
  fault.count -= 1;
  req.resume();
  res.writeHead(fault.status, { 'content-type': 'application/json', 'retry-after': String(fault.retry_after_s) })
    .end(fault.body);
  return true;
}

async function answer(provider, callback, req, res) {
  const path = req.url.split('?')[0];
  if (path === '/test-control' && req.method === 'POST') return control(provider, req, res);
  if (path === '/token' && req.method === 'POST' && token_request_is_failed(req, res)) return undefined;
  if (path.startsWith('/interaction/')) {
    return req.method === 'POST' ? submit_interaction(provider, req, res, path) : show_interaction(provider, req, res, path);
  }
  return callback(req, res);
}

let handler = (req, res) => res.writeHead(503).end();
const server = createServer(
  { cert: readFileSync(config.cert), key: readFileSync(config.key), minVersion: 'TLSv1.2' },
  (req, res) => handler(req, res),
);
// Node's 5 s would close a connection just when Dovecot sends its next question over it.
server.keepAliveTimeout = 300_000;
server.listen(config.port ?? 0, config.host, () => {
  const { port } = server.address();
  const provider = make_provider(`https://${config.host}:${port}`);
  const callback = provider.callback();
  handler = (req, res) => answer(provider, callback, req, res).catch((error) => {
    console.error(error);
    if (!res.headersSent) res.writeHead(500);
    res.end();
  });
  provider.on('grant.success', (ctx) => {
    const type = ctx.oidc.params.grant_type;
    seen.token_requests[type] = (seen.token_requests[type] ?? 0) + 1;
  });
  console.log(JSON.stringify({ port }));
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
