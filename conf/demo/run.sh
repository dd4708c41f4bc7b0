#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration: a broker, a portal that logs people in through it, and a second broker that plays the provincial platform.
# Called by `./dev run [--profile NAME]`, which builds first. Without a profile it is the demonstration of README; with one, the platform that
# conf/profiles/NAME.yaml describes (YIMEN_PROFILES: another folder of such). Data in var/demo or var/NAME (YIMEN_DATA), ports 8400 to 8402
# (YIMEN_PORT).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${YIMEN_BUILD:-$root/build}
profile=${1:-demo}
profiles=${YIMEN_PROFILES:-$root/conf/profiles}
port=${YIMEN_PORT:-8400}
case $port in *[!0-9]*|'') echo "run: YIMEN_PORT is no number: $port" >&2; exit 2;; esac
data=${YIMEN_DATA:-$root/var/$profile}
case $data in /*) ;; *) data=$PWD/$data;; esac
portal_port=$((port + 1)) province_port=$((port + 2)) public_port=$((port + 99))

mkdir -p "$data"
chmod 700 "$data"
data=$(cd "$data" && pwd)

# Before anything starts: are the ports free?
python3 - "$port" "$portal_port" "$province_port" <<'PY' || exit 1
import socket, sys
for port in map(int, sys.argv[1:]):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            s.listen()
        except (OSError, OverflowError) as error:
            sys.exit(f"run: port {port} cannot be used ({error}). Stop what listens there, or choose others: YIMEN_PORT=9400 ./dev run")
PY

configure() { # template name
	sed -e "s|@PORT@|$port|g" -e "s|@PORTAL_PORT@|$portal_port|g" -e "s|@PROVINCE_PORT@|$province_port|g" \
		-e "s|@PUBLIC_PORT@|$public_port|g" -e "s|@DATA@|$data|g" -e "s|@CONF@|$root/conf/demo|g" "$1" >"$data/$2.yaml"
}

configure "$root/conf/demo/province.yaml.in" province
if [ "$profile" = demo ]; then
	configure "$root/conf/demo/yimen.yaml.in" yimen
else
	# A profile is a complete configuration for the usual ports; what it names by relative paths lies beside it.
	sed -e "s|\(127\.0\.0\.1:\)8400|\1$port|g" -e "s|\(127\.0\.0\.1:\)8401|\1$portal_port|g" -e "s|\(127\.0\.0\.1:\)8402|\1$province_port|g" \
		-e "s|\"http://127.0.0.1:8499/\([a-z]*\)\"|&, \"http://127.0.0.1:$public_port/\1\"|g" "$profiles/$profile.yaml" >"$data/yimen.yaml"
	cp "$profiles/"*.csv "$profiles/"*.txt "$data/"
	if [ -d "$profiles/$profile" ]; then
		cp -R "$profiles/$profile" "$data/"
	fi
fi

# ---- accounts: made once; what exists is left as it is

account() { # config namespace login [option…]
	config=$1 namespace=$2 login=$3
	shift 3
	if ! "$build/yimen" account show --config "$data/$config.yaml" --namespace "$namespace" --login "$login" >/dev/null 2>&1; then
		printf 'Demo@1234' | "$build/yimen" account add --config "$data/$config.yaml" --namespace "$namespace" --login "$login" \
			--password-file - "$@" >/dev/null
	fi
}

unit_of() { # config uscc name type [option…]
	config=$1 uscc=$2 name=$3 type=$4
	shift 4
	"$build/yimen" unit add --config "$data/$config.yaml" --uscc "$uscc" --name "$name" --type "$type" "$@" >/dev/null
}

unit() { # uscc name type [option…]
	unit_of yimen "$@"
}

staff() { # login roles [option…]
	login=$1 roles=$2
	shift 2
	printf 'Staff@1234' | "$build/yimen" admin create --config "$data/yimen.yaml" --login "$login" --roles "$roles" --password-file - "$@" >/dev/null 2>&1 || :
}

# What stands behind each platform before anybody comes: those who decide, a unit that is admitted already, accounts of the platform above.
seed_zhengzhou() {
	staff reviewer reviewer
	account yimen natural wangwu --phone 13800138001 --email wangwu@example.cn --name 王五
	account province natural lisi --phone 13900139000 --name 李四 --realname-level 2
}

seed_most() {
	staff reviewer reviewer
	staff reviewer2 reviewer
	unit 91110108MA01ET88XL 北京示例科技有限公司 enterprise --status effective --region 110108
	account yimen natural zhangsan --phone 13800138000 --name 张三
	account yimen legal beijing_demo --unit 91110108MA01ET88XL --name 王经办 --phone 13700137000
}

seed_tianjin() {
	staff reviewer reviewer
	staff heping reviewer --dept heping
	staff binhai reviewer --dept binhai
	unit 12120000401354678Q 天津示范研究院 institution --status effective --region 120101 --dept heping
	account yimen legal tianjin_demo --unit 12120000401354678Q --name 刘经办 --phone 13700137000
}

seed_jiaxing() {
	unit_of province 91330106MA27Y4U47R 杭州示例贸易有限公司 enterprise --status effective --region 330106
	account province legal hangzhou_demo --unit 91330106MA27Y4U47R --name 孙经办
	unit_of province 51330400MJ1234561M 嘉兴创新协会 society --status effective --region 330402
	account province legal jiaxing_upstream --unit 51330400MJ1234561M --name 陈经办

	staff reviewer reviewer
	staff nanhu reviewer --dept nanhu
	unit 51330400MJ1234561M 嘉兴创新协会 society --status effective --region 330402 --dept nanhu
	account yimen legal jiaxing_demo --unit 51330400MJ1234561M --name 陈经办 --phone 13700137000
	account province natural lisi --phone 13900139000 --name 李四 --realname-level 2
}

demo_staff() { # login, which is also its role, and name
	if ! "$build/yimen" admin list --config "$data/yimen.yaml" | grep -q "\"$1\""; then
		printf 'Demo@1234' | "$build/yimen" admin create --config "$data/yimen.yaml" --login "$1" --roles "$1" --name "$2" --password-file - >/dev/null
	fi
}

seed_demo() {
	account yimen natural zhangsan --phone 13800138000 --name 张三
	account yimen legal keji_demo --unit 91350100M000100Y43 --name 李经办
	# The next two hold the names that the imported accounts want, so those get the prefix HJ_.
	account yimen natural 91110108MA01ET88XL --name 王五
	unit 91330106MA27Y4U47R 杭州示例贸易有限公司 enterprise --status effective --region 330106
	account yimen legal 18711111111 --unit 91330106MA27Y4U47R --name 孙经办
	"$build/yimen" legacy import --config "$data/yimen.yaml" --source torch --quiet "$root/conf/demo/legacy.csv" >"$data/import.log"
	# Staff, whose first login sets up the second factor and replaces the password.
	demo_staff reviewer 赵审核
	demo_staff operator 钱运维
	account province natural lisi --phone 13900139000 --name 李四 --realname-level 2
}

if ! "seed_$profile" 2>"$data/seed.log"; then
	echo "run: the demonstration's accounts could not be made:" >&2
	grep -v '"level":"info"' "$data/seed.log" >&2 || cat "$data/seed.log" >&2
	exit 1
fi

# ---- what is said about them

head_of_accounts="
  用户类型 / Kind      登录名 / Login name        密码 / Password"
staff_line() { # login note
	printf '  工作人员 / staff     %-26s Staff@1234    %s\n' "$1" "$2"
}

accounts_demo() {
	cat <<TEXT
$head_of_accounts
  自然人 / natural     zhangsan (13800138000)     Demo@1234
  法人 / legal         keji_demo                  Demo@1234
  自然人 / natural     HJ_18711111111             Old@1234      旧账号，已改名 / imported, renamed
  法人 / legal         HJ_91110108MA01ET88XL      Old@1234      旧账号，已改名 / imported, renamed
  自然人 / natural     91110108MA01ET88XL         Demo@1234     原名已被占用 / holds the old name
  法人 / legal         18711111111                Demo@1234     原名已被占用 / holds the old name
  省平台 / province    lisi                       Demo@1234     第三方登录 / third-party login
  审核人员 / reviewer  reviewer                   Demo@1234     http://127.0.0.1:$port/tasks  首次登录须改密码并设置两步验证 / first login: new password, second factor
  运维人员 / operator  operator                   Demo@1234     http://127.0.0.1:$port/console  同上 / likewise

TEXT
}

accounts_zhengzhou() {
	echo "$head_of_accounts"
	echo '  自然人 / natural     wangwu (13800138001)       Demo@1234     首次登录 / first login to come'
	echo '  支付宝 / Alipay      lisi                       Demo@1234     第三方登录 / third-party login'
	staff_line reviewer "审核新用户 / reviews newcomers: http://127.0.0.1:$port/login?tab=staff"
	echo
}

accounts_most() {
	echo "$head_of_accounts"
	echo '  自然人 / natural     zhangsan (13800138000)     Demo@1234'
	echo '  法人 / legal         beijing_demo               Demo@1234     北京示例科技有限公司'
	staff_line 'reviewer, reviewer2' "人工认证、申诉 / documents and appeals: http://127.0.0.1:$port/login?tab=staff"
	echo
}

accounts_tianjin() {
	echo "$head_of_accounts"
	echo '  法人 / legal         tianjin_demo               Demo@1234     天津示范研究院，已生效 / effective'
	staff_line 'heping, binhai' "区县主管部门 / departments: http://127.0.0.1:$port/login?tab=staff"
	staff_line reviewer "平台审核 / platform"
	echo
}

accounts_jiaxing() {
	echo "$head_of_accounts"
	echo '  法人 / legal         jiaxing_demo               Demo@1234     嘉兴创新协会，已生效 / effective'
	echo '  浙江政务服务网       lisi                       Demo@1234     个人 / a person
  浙江政务服务网       hangzhou_demo              Demo@1234     法人，首次登录 / a legal person who is new here
  浙江政务服务网       jiaxing_upstream           Demo@1234     法人，单位已存在 / a legal person whose unit is here already'
	staff_line nanhu "区县科技部门 / department: http://127.0.0.1:$port/login?tab=staff"
	echo
}

# ---- three processes, until one ends or somebody says stop

ended=$data/ended
rm -f "$ended"
mkfifo "$ended"
exec 3<>"$ended"
pids=

start() { # name command…
	name=$1
	shift
	(
		trap '' INT
		"$@" >"$data/$name.log" 2>&1 3>&- &
		child=$!
		killer=
		# Who does not end in time is ended.
		trap 'kill "$child" 2>/dev/null; { sleep 40; kill -9 "$child"; } >/dev/null 2>&1 </dev/null 3>&- & killer=$!' TERM
		status=0
		wait "$child" || status=$?
		while kill -0 "$child" 2>/dev/null; do # a signal ended the wait, not the child
			status=0
			wait "$child" || status=$?
		done
		[ -z "$killer" ] || kill "$killer" 2>/dev/null || :
		echo "$name $status" >&3
	) &
	pids="$pids $!"
}

stop() {
	trap '' INT TERM HUP
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
	done
	for pid in $pids; do
		wait "$pid" || :
	done
	rm -f "$ended"
}

# Where nobody reads any more what is said, the three must end all the same.
trap 'trap "" PIPE; { echo; echo "run: stopping"; } 2>/dev/null || :; stop; exit 0' INT TERM HUP
start province "$build/yimen" serve --config "$data/province.yaml"
start yimen "$build/yimen" serve --config "$data/yimen.yaml"
start portal "$build/portal" --port "$portal_port" --issuer "http://127.0.0.1:$port"

ready=yes
python3 - "$ended" "$port" "$portal_port" "$province_port" <<'PY' || ready=no
import os, select, sys, time, urllib.request
watch = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
waiting = [f"http://127.0.0.1:{sys.argv[2]}/readyz", f"http://127.0.0.1:{sys.argv[3]}/", f"http://127.0.0.1:{sys.argv[4]}/readyz"]
until = time.monotonic() + 20
while waiting and time.monotonic() < until and not select.select([watch], [], [], 0.05)[0]:
    try:
        opener.open(waiting[0], timeout=2).close()
        waiting.pop(0)
    except OSError:
        pass
sys.exit(bool(waiting))
PY

if [ "$ready" = yes ]; then
	cat <<TEXT

  打开 / Open          http://127.0.0.1:$portal_port      演示业务系统 / demo portal
  一门 / Yimen         http://127.0.0.1:$port
  省平台 / Province    http://127.0.0.1:$province_port
TEXT
	"accounts_$profile"
	cat <<TEXT
  短信验证码 / SMS codes     $data/outbox.jsonl  $data/province-outbox.jsonl
  日志 / Logs                $data/*.log
  按 Ctrl-C 停止 / Ctrl-C stops everything.

TEXT
else
	echo "run: not everything got ready; see $data/*.log" >&2
fi

read -r name status <&3 || :
echo "run: $name ended (exit status $status); the last lines of $data/$name.log:" >&2
tail -n 5 "$data/$name.log" >&2
stop
exit 1
