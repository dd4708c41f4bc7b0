/* SPDX-License-Identifier: Apache-2.0 */
/* config_server - the daemon itself: connections, workers, store, keys, log. */
#pragma once

#include "conf/option.h"

struct config_http {
	struct address_list listen;
	int64_t threads; /* resolved: never 0 */
	struct address_blocks trusted_proxies;
	bool insecure_expose;
	int64_t max_body, connections, connections_per_address;
	int64_t rate_page, rate_login; /* requests per address and minute; 0: unlimited */
	bool access_log;
	int64_t idle_timeout, request_timeout, stop_timeout;
	struct span tls_cert, tls_key; /* PEM text; development only */
};

struct config_workers {
	int64_t commit, commit_queue;
	int64_t password, password_queue; /* password resolved: never 0 */
	int64_t upstream, upstream_queue;
	int64_t sms, sms_queue;
};

enum config_engine { CONFIG_ENGINE_LMDB };

struct config_store {
	int engine; /* enum config_engine */
	int64_t map_size, quota, free_disk_min;
	bool sync;
	int64_t sweep_every;
};

struct config_audit {
	int64_t retention, explain;
};

struct config_keys {
	uint32_t algorithms; /* bits 1 << enum config_alg */
	int64_t rotate_after, publish_ahead, jwks_max_age;
};

struct config_net {
	struct address_blocks allow; /* non-public destinations that are allowed all the same */
	int64_t timeout, connect_timeout, max_body;
	struct span ca_file;
};

enum config_log_format { CONFIG_LOG_JSON };

struct config_log {
	int level; /* enum log_level */
	int format;
};

struct config_metrics {
	bool enabled;
	struct address_blocks allow;
};
