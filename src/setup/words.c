/* What the page says, in its languages. It may stand in text and in attributes: no < & " in it. */
#include "setup/inside.h"

const struct mote_setup_words mote_setup_words[] = {
    {"title", {"Set up this device", "设置本设备"}},
    {"other_language", {"中文", "English"}},
    {"other_lang", {"zh-CN", "en"}},
    {"gone",
     {"The device does not answer. Is this phone still in its network?", "设备没有应答。手机还连着它的网络吗？"}},
    {"choose", {"WiFi network", "WiFi 网络"}},
    {"rescan", {"Search again", "重新搜索"}},
    {"scanning", {"Searching …", "正在搜索……"}},
    {"none_found", {"No network is in reach.", "没有搜到网络。"}},
    {"known", {"known", "已知"}},
    {"has_key", {"needs a password", "需要密码"}},
    {"open_network", {"open", "无密码"}},
    {"signal_weak", {"weak signal", "信号弱"}},
    {"signal_fair", {"fair signal", "信号一般"}},
    {"signal_good", {"good signal", "信号良好"}},
    {"signal_strong", {"strong signal", "信号强"}},
    {"other", {"Another one, by its name", "其他网络，输入名称"}},
    {"ssid", {"Name of the network", "网络名称"}},
    {"key", {"Password of the network", "网络密码"}},
    {"key_hint", {"leave empty if known", "已知网络可留空"}},
    {"show", {"Show", "显示"}},
    {"hide", {"Hide", "隐藏"}},
    {"more", {"Broker and name", "MQTT 服务器与设备名"}},
    {"broker", {"MQTT broker", "MQTT 服务器"}},
    {"user", {"User name", "用户名"}},
    {"password", {"Password", "密码"}},
    {"name", {"Name of this device", "设备名"}},
    {"stays", {"What is left empty stays as it is.", "留空的项目保持不变。"}},
    {"connect", {"Connect", "连接"}},
    {"promise",
     {"It is tried first. Nothing is changed until it works.", "先试用，成功之后才会保存；失败则一切照旧。"}},
    {"wrong_network",
     {"Choose a network, or enter its name of 1 to 32 bytes.", "请选择网络，或输入 1 到 32 字节的名称。"}},
    {"wrong_key", {"The password has 8 to 63 characters.", "密码为 8 到 63 个字符。"}},
    {"wrong_broker",
     {"This is no address of a broker, as mqtt://192.168.1.10:1883.", "地址不对，应如 mqtt://192.168.1.10:1883。"}},
    {"wrong_user", {"User name and password have 64 characters at most.", "用户名和密码最多 64 个字符。"}},
    {"wrong_name",
     {"The name has 1 to 64 bytes without / + #, and here not too many.",
      "名称为 1 到 64 字节，不含 / + #，不宜过长。"}},
    {"failed_title", {"That has not worked", "没有成功"}},
    {"unchanged", {"Everything is as it was before.", "一切仍和之前一样。"}},
    {"trying", {"Trying it …", "正在尝试……"}},
    {"do_join", {"Joining", "加入网络"}},
    {"do_ask", {"Getting an address", "获取 IP 地址"}},
    {"do_connect", {"Connecting to the broker", "连接 MQTT 服务器"}},
    {"again", {"Once more, to be sure.", "再试一次。"}},
    {"patience", {"This takes a minute at most. This page stays here.", "最多一分钟，请不要离开本页。"}},
    {"done", {"It works", "设置成功"}},
    {"done_words", {"The device is in the network", "设备已加入网络"}},
    {"closes",
     {"You can go back to your own network. This one closes by itself:", "可以换回自己的网络了，此接入点会自动关闭："}},
    {"dropped_words", {"There was no more room for an older network:", "位置不够，已删除较早的网络："}},
    {"not_kept_words",
     {"It could not be saved: after a power cut the device does not know it any more.",
      "未能保存：断电后需要重新设置。"}},
    {"closed", {"The access point is closed", "接入点已关闭"}},
    {"closed_words", {"Hold the button of the device to open it.", "长按设备按键即可打开。"}},
};

const size_t mote_setup_word_count = sizeof mote_setup_words / sizeof mote_setup_words[0];

/* In English they are the program's own (mote/reason.h). */
static const struct {
    const char *words;
    const char *next;
} chinese[MOTE_REASON_COUNT] = {
    [MOTE_WIFI_WRONG_KEY] = {"WiFi 不接受这个密码。", "请检查密码，注意大小写。"},
    [MOTE_WIFI_NO_NETWORK] = {"搜不到这个网络。", "请检查接入点是否开启、名称是否正确。"},
    [MOTE_WIFI_WEAK] = {"信号太弱，无法保持连接。", "请让设备离接入点近一些。"},
    [MOTE_WIFI_REFUSED] = {"接入点拒绝了本设备。", "请检查 MAC 过滤和接入数量。"},
    [MOTE_WIFI_LOST] = {"WiFi 连接断开了。", "请检查接入点和信号。"},
    [MOTE_WIFI_INACTIVE] = {"WiFi 没有打开。", "请打开 WiFi。"},
    [MOTE_DHCP_NO_LEASE] = {"已连上 WiFi，但没有得到 IP 地址。", "请检查网络的 DHCP 服务。"},
    [MOTE_DNS_NOT_FOUND] = {"没有这个主机名。", "请检查 MQTT 服务器地址的拼写。"},
    [MOTE_DNS_TIMEOUT] = {"域名服务器没有应答。", "请检查网络，或改用 IP 地址。"},
    [MOTE_TCP_REFUSED] = {"主机在，但端口上没有服务。", "请检查 MQTT 服务器是否运行、端口是否正确。"},
    [MOTE_TCP_TIMEOUT] = {"主机没有应答。", "请检查地址和防火墙。"},
    [MOTE_TCP_RESET] = {"连接被断开。", "请查看 MQTT 服务器的日志。"},
    [MOTE_TLS_UNTRUSTED] = {"服务器证书不是由可信机构签发的。", "请给设备配置签发机构的证书。"},
    [MOTE_TLS_NAME] = {"服务器证书属于另一个名字。", "请使用证书上的主机名。"},
    [MOTE_TLS_EXPIRED] = {"服务器证书已过期或尚未生效。", "请更新服务器证书。"},
    [MOTE_TLS_CLOCK_NOT_SET] = {"设备时钟未设置，无法检查证书。", "请等待网络对时。"},
    [MOTE_MQTT_BAD_AUTH] = {"MQTT 服务器不接受用户名和密码。", "请检查用户名和密码。"},
    [MOTE_MQTT_NOT_AUTHORIZED] = {"MQTT 服务器不允许连接。", "请检查用户名、密码和权限。"},
    [MOTE_MQTT_BAD_VERSION] = {"MQTT 服务器不支持这个版本。", "请换用另一个版本。"},
    [MOTE_MQTT_CLIENT_ID] = {"MQTT 服务器不接受这个设备名。", "请换一个名称。"},
    [MOTE_MQTT_TAKEN_OVER] = {"另一台设备用了同样的名称。", "请换一个名称。"},
    [MOTE_MQTT_NO_PINGRESP] = {"MQTT 服务器没有应答。", "请检查网络。"},
    [MOTE_MQTT_PROTOCOL] = {"对方不是 MQTT 服务器。", "请检查端口。"},
    [MOTE_MQTT_PACKET_TOO_LARGE] = {"消息超过了允许的大小。", "请提高上限。"},
    [MOTE_MQTT_QUOTA] = {"MQTT 服务器暂时没有空位。", "请稍后再试。"},
    [MOTE_CONFIG_INVALID] = {"有一项设置不可用。", "请检查输入的内容。"},
};

bool mote_words_find(struct mote_text name, enum mote_setup_language language, struct mote_text *found)
{
    for (size_t i = 0; i < mote_setup_word_count; i++) {
        if (mote_text_equals(name, mote_setup_words[i].name)) {
            *found = mote_text(mote_setup_words[i].in[language]);
            return true;
        }
    }
    return false;
}

static struct mote_text in(enum mote_setup_language language, const char *chinese_words, const char *english_words)
{
    return mote_text(language == MOTE_SETUP_CHINESE && chinese_words != NULL ? chinese_words : english_words);
}

struct mote_text mote_words_of_reason(enum mote_reason reason, enum mote_setup_language language)
{
    return in(language, chinese[reason].words, mote_reason_words(reason));
}

struct mote_text mote_words_next(enum mote_reason reason, enum mote_setup_language language)
{
    return in(language, chinese[reason].next, mote_reason_next(reason));
}
