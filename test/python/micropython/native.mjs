// What python/native/script.h declares, called from JavaScript: for MicroPython's modules, which are in modules/.

import koffi from 'koffi';

const TIMER_BYTES = 256; // enough for a struct mote_timer, which is the caller's memory
const FOUND_MAX = 16;

koffi.struct('mote_text', { data: 'uint8_t *', length: 'size_t' });
const Message = koffi.struct('mote_message_head', { topic: 'mote_text', payload: 'mote_text' });
const Found = koffi.struct('mote_wifi_found', {
    ssid: koffi.array('uint8_t', 33), bssid: koffi.array('uint8_t', 6), channel: 'uint8_t', signal_dbm: 'int8_t', open: 'bool',
});
const Addresses = koffi.struct('mote_wifi_addresses', {
    address: koffi.array('char', 16), netmask: koffi.array('char', 16), gateway: koffi.array('char', 16), dns: koffi.array('char', 16),
});
const OnRelease = koffi.proto('void mote_on_release(void *context)');
const OnInterrupted = koffi.proto('bool mote_on_interrupted(void *context)');
const OnTimer = koffi.proto('void mote_on_timer(void *timer, void *context)');
const OnMessage = koffi.proto('bool mote_on_message(void *message, void *context)');
const Host = koffi.struct('mote_script_host', {
    context: 'void *', release: 'void *', take: 'void *', is_interrupted: koffi.pointer(OnInterrupted),
});
const Config = koffi.struct('mote_script_client_config', {
    server: 'const char *', port: 'uint16_t', keep_alive_s: 'uint16_t',
    client_id: 'mote_text', user: 'mote_text', password: 'mote_text',
    has_user: 'bool', has_password: 'bool', strict: 'bool', version: 'uint8_t', buffer_size: 'uint32_t', timeout_ms: 'uint32_t',
    tls: 'bool', tls_insecure: 'bool', ca_file: 'const char *', certificate_file: 'const char *', key_file: 'const char *',
    on_message: koffi.pointer(OnMessage), context: 'void *',
});

// MicroPython gives bytes to JavaScript as a string in which each character is a byte.
const bytesOf = (text) => Buffer.from(text, 'latin1');
const textOf = (text) => (text === null ? { data: null, length: 0 } : { data: bytesOf(text), length: text.length });
const untilZero = (bytes) => Buffer.from(bytes.slice(0, bytes.indexOf(0))).toString('latin1');

function viewOf(text) {
    return text.length === 0 ? '' : Buffer.from(koffi.decode(text.data, koffi.array('uint8_t', Number(text.length)))).toString('latin1');
}

export function loadNative(path) {
    const library = koffi.load(path);
    const call = (signature) => library.func(signature);
    const c = {
        start: call('const char *mote_script_start(const char *board, const char *air, mote_script_host *host)'),
        nowMs: call('uint64_t mote_script_now_ms(void)'),
        taskStart: call('void mote_script_task_start(void *timer, uint32_t delay_ms, mote_on_timer *run, void *context)'),
        tasksTurn: call('bool mote_script_tasks_turn(int)'),
        pinFind: call('int mote_script_pin_find(int number, const char *line)'),
        pinInit: call('const char *mote_script_pin_init(int pin, int mode, int pull, int value)'),
        pinWrite: call('const char *mote_script_pin_write(int pin, int level)'),
        pinRead: call('int mote_script_pin_read(int pin, void **wrong)'),
        setActive: call('const char *mote_script_wlan_set_active(int role, bool active)'),
        isActive: call('bool mote_script_wlan_is_active(int role)'),
        wlanConnect: call('const char *mote_script_wlan_connect(int role, const char *ssid, const char *key, void *bssid)'),
        isConnected: call('bool mote_script_wlan_is_connected(int role)'),
        scan: call('const char *mote_script_wlan_scan(int role, _Out_ mote_wifi_found *found, int max, _Out_ int *count)'),
        addresses: call('void mote_script_wlan_addresses(int role, _Out_ mote_wifi_addresses *addresses)'),
        mac: call('void mote_script_wlan_mac(int role, _Out_ uint8_t *mac)'),
        ssid: call('const char *mote_script_wlan_ssid(int role)'),
        setAccessPoint: call('const char *mote_script_wlan_set_access_point(const char *ssid, const char *key)'),
        clientNew: call('void *mote_script_client_new(mote_script_client_config *config)'),
        clientConnect: call('int mote_script_client_connect(void *client, bool clean, uint32_t timeout_ms)'),
        publish: call('int mote_script_client_publish(void *client, mote_text topic, mote_text payload, bool retain, int qos)'),
        subscribe: call('int mote_script_client_subscribe(void *client, mote_text topic, int qos)'),
        wait: call('int mote_script_client_wait(void *client)'),
        check: call('int mote_script_client_check(void *client)'),
        ping: call('int mote_script_client_ping(void *client)'),
        disconnect: call('void mote_script_client_disconnect(void *client)'),
        sessionPresent: call('bool mote_script_client_session_present(void *client)'),
        refusal: call('int mote_script_client_refusal(void *client)'),
        lastHead: call('int mote_script_client_last_head(void *client)'),
        words: call('const char *mote_script_words(void)'),
    };
    const kept = []; // what the library has pointers to
    const keep = (value) => (kept.push(value), value);
    const callback = (run, type) => keep(koffi.register(run, koffi.pointer(type)));

    return {
        start(air) {
            const host = keep(koffi.alloc(Host, 1));
            koffi.encode(host, Host, { context: null, release: null, take: null, is_interrupted: callback(() => false, OnInterrupted) });
            return c.start('sim', air, host);
        },

        // Tasks: `run` is called once, from within turn().
        task: (run) => ({ timer: keep(koffi.alloc('uint8_t', TIMER_BYTES)), step: callback(() => run(), OnTimer), isNew: true }),
        task_start(task, delayMs) {
            if (task.isNew) koffi.encode(task.timer, koffi.array('uint8_t', TIMER_BYTES), new Uint8Array(TIMER_BYTES));
            task.isNew = false;
            c.taskStart(task.timer, delayMs, task.step, null);
        },
        turn: () => c.tasksTurn(-1),

        pin_find: (number) => c.pinFind(number, null),
        pin_init: c.pinInit,
        pin_write: c.pinWrite,
        pin_read: (pin) => c.pinRead(pin, null),

        wlan_set_active: c.setActive,
        wlan_is_active: c.isActive,
        wlan_connect: (role, ssid, key) => c.wlanConnect(role, ssid, key, null),
        wlan_is_connected: c.isConnected,
        wlan_scan(role) {
            const found = Array.from({ length: FOUND_MAX }, () => ({}));
            const count = [0];
            const wrong = c.scan(role, found, FOUND_MAX, count);
            return { wrong, found: found.slice(0, count[0]).map((network) => ({ ...network, ssid: untilZero(network.ssid),
                bssid: Buffer.from(network.bssid).toString('latin1') })) };
        },
        wlan_addresses(role) {
            const addresses = {};
            c.addresses(role, addresses);
            return addresses;
        },
        wlan_mac(role) {
            const mac = Buffer.alloc(6);
            c.mac(role, mac);
            return mac.toString('latin1');
        },
        wlan_ssid: c.ssid,
        wlan_set_access_point: c.setAccessPoint,

        // `onMessage` gets topic and payload, from within the calls that wait.
        client(id, server, port, user, password, keepAlive, strict, onMessage) {
            const take = (message) => {
                const { topic, payload } = koffi.decode(message, Message);
                onMessage(viewOf(topic), viewOf(payload));
                return true;
            };
            return c.clientNew({
                server, port, keep_alive_s: keepAlive, client_id: textOf(id), user: textOf(user), password: textOf(password),
                has_user: user !== null, has_password: password !== null, strict, version: 4, buffer_size: 8192, timeout_ms: 20000,
                tls: false, tls_insecure: false, ca_file: null, certificate_file: null, key_file: null,
                on_message: callback((message) => take(message), OnMessage), context: null,
            });
        },
        connect: (client, clean) => c.clientConnect(client, clean, 20000),
        publish: (client, topic, payload, retain, qos) => c.publish(client, textOf(topic), textOf(payload), retain, qos),
        subscribe: (client, topic, qos) => c.subscribe(client, textOf(topic), qos),
        wait: c.wait,
        check: c.check,
        ping: c.ping,
        disconnect: c.disconnect,
        session_present: c.sessionPresent,
        refusal: c.refusal,
        last_head: c.lastHead,
        words: c.words,
    };
}
