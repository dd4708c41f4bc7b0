#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# glewlwyd - Debian's glewlwyd as a peer of the bench: SQLite in WAL mode (durable: synchronous stays FULL), ES256 and RS256.
#
# usage: glewlwyd.sh setup DIR PORT   make the data directory DIR: database, keys, scopes, clients, a user (takes some seconds)
#        glewlwyd.sh run DIR          exec the server on it
#
# The plug-in instance "es" signs with ES256, "rs" with RS256: /api/es/token, /api/rs/token and so on.
set -eu

mode=$1 dir=$2
docs=/usr/share/doc/glewlwyd

if [ "$mode" = run ]; then
	exec glewlwyd --config-file="$dir/glewlwyd.conf"
fi

port=$3
url=http://127.0.0.1:$port
mkdir -p "$dir/user_middleware" # must exist; Debian ships none
gzip -dcf "$docs"/database/init.sqlite3.sql* | sqlite3 "$dir/glewlwyd.db"
sqlite3 "$dir/glewlwyd.db" 'PRAGMA journal_mode=WAL' >/dev/null

cat >"$dir/glewlwyd.conf" <<-CONF
	port=$port
	bind_address="127.0.0.1"
	external_url="$url"
	login_url="login.html"
	api_prefix="api"
	log_mode="file"
	log_level="ERROR"
	log_file="$dir/glewlwyd.log"
	cookie_domain="127.0.0.1"
	cookie_secure=0
	session_expiration=2419200
	session_key="GLEWLWYD2_SESSION_ID"
	admin_scope="g_admin"
	profile_scope="g_profile"
	user_module_path="/usr/lib/glewlwyd/user"
	user_middleware_module_path="$dir/user_middleware"
	client_module_path="/usr/lib/glewlwyd/client"
	user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
	plugin_module_path="/usr/lib/glewlwyd/plugin"
	use_secure_connection=false
	secure_connection_key_file="/nonexistent"
	secure_connection_pem_file="/nonexistent"
	secure_connection_ca_file="/nonexistent"
	hash_algorithm="SHA512"
	database = { type = "sqlite3"; path = "$dir/glewlwyd.db"; };
CONF
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/es.pem" 2>/dev/null
openssl ec -in "$dir/es.pem" -pubout -out "$dir/es.pub" 2>/dev/null
openssl genrsa -out "$dir/rs.pem" 2048 2>/dev/null
openssl rsa -in "$dir/rs.pem" -pubout -out "$dir/rs.pub" 2>/dev/null

glewlwyd --config-file="$dir/glewlwyd.conf" >"$dir/setup.out" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null || :' EXIT
n=0
until curl -sf -o /dev/null "$url/config"; do
	n=$((n + 1))
	if [ $n -gt 100 ] || ! kill -0 $pid; then cat "$dir/setup.out" >&2; exit 1; fi
	sleep 0.1
done

# send METHOD PATH JSON
send() {
	status=$(curl -s -o "$dir/answer" -w '%{http_code}' -b "$dir/cookies" -c "$dir/cookies" -X "$1" -H 'Content-Type: application/json' -d "$3" "$url/api/$2")
	if [ "$status" != 200 ]; then
		echo "glewlwyd: $1 $2 answered $status: $(cat "$dir/answer")" >&2
		exit 1
	fi
}
pem() { sed ':a;N;$!ba;s/\n/\\n/g' "$1"; }
# plugin NAME JWT_TYPE
plugin() {
	send POST mod/plugin/ "{\"module\":\"oidc\",\"name\":\"$1\",\"display_name\":\"$1\",\"enabled\":true,\"parameters\":{
		\"iss\":\"$url/api/$1\",\"jwt-type\":\"$2\",\"jwt-key-size\":\"256\",\"key\":\"$(pem "$dir/$1.pem")\",\"cert\":\"$(pem "$dir/$1.pub")\",
		\"code-duration\":600,\"refresh-token-duration\":86400,\"access-token-duration\":3600,\"allow-non-oidc\":true,\"subject-type\":\"public\",
		\"auth-type-client-enabled\":true,\"auth-type-code-enabled\":true,\"auth-type-refresh-enabled\":true,\"auth-type-token-enabled\":false,
		\"auth-type-password-enabled\":false,\"auth-type-id-token-enabled\":false,\"auth-type-none-enabled\":false,
		\"refresh-token-rolling\":true,\"refresh-token-one-use\":\"always\",\"auth-type-code-revoke-replayed\":true,
		\"pkce-allowed\":true,\"pkce-required\":true,\"pkce-method-plain-allowed\":false,\"jwks-show\":true,
		\"introspection-revocation-allowed\":true,\"introspection-revocation-allow-target-client\":true}}"
}
# client ID SECRET AUTHORIZATION_TYPES AUTH_METHOD
client() {
	confidential=true
	if [ -z "$2" ]; then confidential=false; fi
	send POST client/ "{\"client_id\":\"$1\",\"name\":\"$1\",\"enabled\":true,\"confidential\":$confidential,\"client_secret\":\"$2\",
		\"scope\":[\"openid\",\"api\"],\"redirect_uri\":[\"http://127.0.0.1:8499/cb\"],\"authorization_type\":$3,\"token_endpoint_auth_method\":[\"$4\"]}"
}

send POST auth/ '{"username":"admin","password":"password"}'
send POST scope/ '{"name":"api","display_name":"api","description":"api","password_required":false,"scheme":{}}'
plugin es ecdsa
plugin rs rsa
client demo-service demo-service-secret '["client_credentials"]' client_secret_basic
client demo-rs demo-rs-secret '["client_credentials"]' client_secret_basic
client demo-portal demo-portal-secret '["code","refresh_token","client_credentials"]' client_secret_basic
client demo-public '' '["code","refresh_token"]' none
send POST user/ '{"username":"zhangsan","name":"Bench","password":"Demo@1234","enabled":true,"scope":["g_profile","openid","api"]}'
rm "$dir/cookies"
send POST auth/ '{"username":"zhangsan","password":"Demo@1234"}'
send PUT auth/grant/demo-public/ '{"scope":"openid api"}'
send PUT auth/grant/demo-portal/ '{"scope":"openid api"}'
