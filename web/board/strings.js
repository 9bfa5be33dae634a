// Every word that the page itself says, in each language that it speaks. {braces} are filled in by board.js.

export const languages = ['en', 'zh'];

export const strings = {
  title: ['Virtual board', '虚拟开发板'],
  language: ['Language', '语言'],
  theme: ['Colours', '配色'],
  theme_auto: ['As the system', '跟随系统'],
  theme_light: ['Light', '浅色'],
  theme_dark: ['Dark', '深色'],
  live: ['Live', '实时'],
  away: ['No answer', '无应答'],
  away_long: ['The program behind this page does not answer. What you see is how it was; trying again by itself …',
    '本页背后的程序没有应答。画面停在最后一刻，正在自动重试……'],
  connecting_page: ['Connecting …', '正在连接……'],
  close: ['Close', '关闭'],
  refused: ['Not done: {error}', '没有做成：{error}'],
  no_answer: ['Not done: the program behind this page does not answer.', '没有做成：本页背后的程序没有应答。'],

  state_unpowered: ['No power', '没有通电'],
  state_stopped: ['Stopped', '已停止'],
  state_joining: ['Joining WiFi', '正在连接 WiFi'],
  state_connecting: ['Connecting to the broker', '正在连接 MQTT 服务器'],
  state_online: ['Online', '在线'],
  state_waiting: ['Waiting to try again', '等待重试'],
  uptime: ['up {time}', '已运行 {time}'],

  path: ['The way to the broker', '通往 MQTT 服务器的路'],
  step_wifi: ['WiFi', 'WiFi'],
  step_address: ['Address', 'IP 地址'],
  step_broker: ['Broker', 'MQTT 服务器'],
  step_subscribed: ['Subscribed', '订阅'],
  tone_ok: ['done', '完成'],
  tone_busy: ['under way', '进行中'],
  tone_warn: ['waiting', '等待中'],
  tone_bad: ['failed', '失败'],
  tone_idle: ['not yet', '尚未开始'],
  wifi_off: ['radio off', '无线已关闭'],
  wifi_searching: ['looking for a network', '正在寻找网络'],
  wifi_connecting: ['joining {ssid}', '正在加入 {ssid}'],
  wifi_lost: ['lost {ssid}', '失去 {ssid}'],
  wifi_connected: ['{ssid} · {dbm} dBm', '{ssid} · {dbm} dBm'],
  address_asking: ['asking for one', '正在获取'],
  broker_off: ['not tried yet', '尚未尝试'],
  broker_connecting: ['connecting to {at}', '正在连接 {at}'],
  broker_waiting: ['will try {at} again', '稍后重试 {at}'],
  broker_refused: ['{at} refused', '{at} 拒绝连接'],
  subscribing: ['subscribing', '正在订阅'],
  subscribed_topics: ['{count} topics', '{count} 个主题'],
  none: ['–', '–'],

  all_well: ['All is well. The board listens on {topics}.', '一切正常，开发板正在监听 {topics}。'],
  all_well_plain: ['All is well. The board is online.', '一切正常，开发板在线。'],
  no_power: ['The board has no power.', '开发板没有通电。'],
  no_power_next: ['Switch the power on.', '打开电源。'],
  node_stopped: ['The board’s program has ended.', '开发板上的程序已经结束。'],
  under_way: ['The board is on its way to the broker.', '开发板正在连接 MQTT 服务器的路上。'],
  next: ['Next: {next}', '下一步：{next}'],

  bench: ['The board', '开发板'],
  board_drawing: ['A small ESP8266 board with a blue LED, a button and two rows of pins',
    '一块小型 ESP8266 开发板，有蓝色 LED、按键和两排引脚'],
  lamp_drawing: ['A lamp', '一盏灯'],
  on: ['on', '开'],
  off: ['off', '关'],
  is_on: ['is on', '亮着'],
  is_off: ['is off', '灭了'],
  press: ['Press and hold: {name}, pin {pin}', '按住：{name}，引脚 {pin}'],
  hold_hint: ['Hold the button down with the mouse, a finger, Space or Enter.', '用鼠标、手指、空格键或回车键按住板上的按键。'],

  switches: ['Switch it over MQTT', '用 MQTT 开关'],
  publish_on: ['On', '开'],
  publish_off: ['Off', '关'],
  publish_label: ['Publish “{payload}” to {topic}', '向 {topic} 发布“{payload}”'],
  same_as: ['The same from a terminal', '在终端里这样做也一样'],
  copy: ['Copy', '复制'],
  copied: ['Copied', '已复制'],

  trouble: ['Make trouble', '制造故障'],
  air_present: ['on the air · {dbm} dBm', '信号正常 · {dbm} dBm'],
  air_gone: ['taken away', '已移走'],
  access_point: ['Access point {ssid}', '接入点 {ssid}'],
  broker: ['Broker', 'MQTT 服务器'],
  broker_running: ['running', '运行中'],
  broker_stopped: ['stopped', '已停止'],
  power: ['Power', '电源'],
  power_on: ['plugged in', '已接通'],
  power_off: ['cut', '已切断'],

  pins: ['Pins', '引脚'],
  pin_number: ['Pin', '引脚'],
  pin_name: ['Name', '名称'],
  pin_direction: ['Direction', '方向'],
  pin_level: ['Level', '电平'],
  pin_state: ['State', '状态'],
  pin_active: ['Active', '有效电平'],
  input: ['input', '输入'],
  output: ['output', '输出'],
  low: ['low', '低'],
  high: ['high', '高'],

  messages: ['Messages', '消息'],
  messages_none: ['Nothing yet. Publish on or off, or press the button, and watch it pass.',
    '还没有消息。发布开或关，或者按一下按键，看看消息怎样经过。'],
  pause: ['Pause', '暂停'],
  resume: ['Go on', '继续'],
  held: ['{count} new', '{count} 条新消息'],
  in: ['received by the board', '开发板收到'],
  out: ['sent by the board', '开发板发出'],
  retained: ['retained', '保留'],
  empty: ['empty', '空'],
  cut_short: ['… {count} bytes in all', '……共 {count} 字节'],
};

// The closed list of reason codes: what it means and what to do about it, in each language.
export const reasons = {
  'wifi.wrong_key': [
    ['The access point did not accept the password.', 'Correct the password of this network in the configuration.'],
    ['接入点不接受这个密码。', '在配置里改正这个网络的密码。'],
  ],
  'wifi.no_network': [
    ['None of the known networks is on the air.', 'Switch the access point on, or add a network that is in reach.'],
    ['已知的网络一个也搜不到。', '打开接入点，或者添加一个信号能到的网络。'],
  ],
  'wifi.weak': [
    ['The signal is too weak to hold.', 'Move the board or the access point closer together.'],
    ['信号太弱，无法保持连接。', '把开发板和接入点放近一些。'],
  ],
  'wifi.refused': [
    ['The access point turned the board away.', 'See whether the access point is full or filters by MAC address.'],
    ['接入点拒绝了开发板。', '检查接入点是否已满，或者按 MAC 地址过滤。'],
  ],
  'wifi.lost': [
    ['The access point is gone; the board looks for it.',
      'Nothing, if it comes back; otherwise see that it has power.'],
    ['接入点不见了，开发板正在寻找。', '它会回来就不用管；否则请检查它有没有通电。'],
  ],
  'wifi.inactive': [
    ['The radio is switched off.', 'Switch WiFi on.'],
    ['无线功能没有打开。', '打开 WiFi。'],
  ],
  'dhcp.no_lease': [
    ['WiFi is joined, but nobody gave the board an address.',
      'See that the DHCP server of this network runs and has addresses left.'],
    ['WiFi 已连上，但没有分配到 IP 地址。', '检查这个网络的 DHCP 服务是否在运行、地址是否用完。'],
  ],
  'dns.not_found': [
    ['The broker’s name does not exist.', 'Correct the host in mqtt.url.'],
    ['MQTT 服务器的域名不存在。', '改正 mqtt.url 里的主机名。'],
  ],
  'dns.timeout': [
    ['The name server does not answer.', 'See that this network reaches its name server.'],
    ['域名服务器没有应答。', '检查这个网络能否访问域名服务器。'],
  ],
  'tcp.refused': [
    ['The broker’s host is there, but no broker listens on that port.',
      'Start the broker, or correct the port in mqtt.url.'],
    ['主机在，但这个端口上没有 MQTT 服务器。', '启动 MQTT 服务器，或者改正 mqtt.url 里的端口。'],
  ],
  'tcp.timeout': [
    ['The broker’s host does not answer.', 'See that it is switched on, and that no firewall is in the way.'],
    ['MQTT 服务器所在的主机没有应答。', '检查主机是否开机、是否被防火墙挡住。'],
  ],
  'tcp.reset': [
    ['The broker cut the connection.', 'See that the broker still runs, and what its log says.'],
    ['MQTT 服务器断开了连接。', '检查它是否还在运行，并查看它的日志。'],
  ],
  'tls.untrusted': [
    ['The broker’s certificate is signed by nobody the board trusts.',
      'Give the board the certificate of the authority that signed it.'],
    ['MQTT 服务器的证书不是由可信机构签发的。', '把签发机构的证书交给开发板。'],
  ],
  'tls.name': [
    ['The broker’s certificate is for another name.', 'Use the name in the certificate as the host in mqtt.url.'],
    ['MQTT 服务器的证书属于另一个名字。', '在 mqtt.url 里使用证书上的主机名。'],
  ],
  'tls.expired': [
    ['The broker’s certificate has expired.', 'Renew the certificate on the broker.'],
    ['MQTT 服务器的证书已过期。', '在服务器上更新证书。'],
  ],
  'tls.clock_not_set': [
    ['The board does not know the date, so it cannot check the certificate.', 'Let the board reach a time server.'],
    ['开发板不知道日期，无法检查证书。', '让开发板能访问时间服务器。'],
  ],
  'mqtt.bad_auth': [
    ['The broker did not accept the user name or password.', 'Correct them in mqtt.url.'],
    ['MQTT 服务器不接受用户名或密码。', '在 mqtt.url 里改正它们。'],
  ],
  'mqtt.not_authorized': [
    ['The broker does not allow this.', 'Give this user the right to its topics on the broker.'],
    ['MQTT 服务器不允许这样做。', '在服务器上给这个用户开通主题权限。'],
  ],
  'mqtt.bad_version': [
    ['The broker does not speak this version of MQTT.', 'Choose the other version, 3.1.1 or 5.0.'],
    ['MQTT 服务器不支持这个协议版本。', '换用另一个版本：3.1.1 或 5.0。'],
  ],
  'mqtt.client_id': [
    ['The broker did not accept the client id.', 'Give the node another name.'],
    ['MQTT 服务器不接受这个客户端标识。', '给节点换一个名字。'],
  ],
  'mqtt.taken_over': [
    ['Another client came with the same client id and took the place.', 'Give each node a name of its own.'],
    ['另一个客户端用同样的标识连接，取代了它。', '让每个节点有自己的名字。'],
  ],
  'mqtt.no_pingresp': [
    ['The broker went silent; the link was dead without a word.',
      'Nothing, if it comes back; otherwise look at the network between them.'],
    ['MQTT 服务器没有回应，连接其实早已断开。', '它会回来就不用管；否则请检查中间的网络。'],
  ],
  'mqtt.protocol': [
    ['The other side broke the rules of MQTT.', 'See that a broker answers there, and what its log says.'],
    ['对方不遵守 MQTT 协议。', '确认那里是 MQTT 服务器，并查看它的日志。'],
  ],
  'mqtt.packet_too_large': [
    ['A message was larger than allowed.', 'Send smaller messages, or raise the limit.'],
    ['有一条消息超过了允许的大小。', '发送小一些的消息，或者提高上限。'],
  ],
  'mqtt.quota': [
    ['The broker’s quota is used up.', 'Send less often, or raise the quota on the broker.'],
    ['MQTT 服务器的配额用完了。', '降低发送频率，或者在服务器上提高配额。'],
  ],
  'outbox.full': [
    ['The outbox is full, so messages are dropped by its rule.', 'Get the broker back, or give the outbox more room.'],
    ['发件箱满了，按规则丢弃消息。', '恢复 MQTT 服务器，或者给发件箱更多空间。'],
  ],
  'outbox.corrupt': [
    ['A part of the outbox could not be read and was left out.', 'Look at the flash: it may be worn out.'],
    ['发件箱有一部分读不出来，已跳过。', '检查闪存，它可能已经磨损。'],
  ],
  'pin.busy': [
    ['Something else holds this pin.', 'End the other program, or choose another pin.'],
    ['这个引脚被别的程序占用。', '结束那个程序，或者换一个引脚。'],
  ],
  'pin.absent': [
    ['This board has no such pin.', 'Correct the pin in the configuration.'],
    ['这块板上没有这个引脚。', '在配置里改正引脚号。'],
  ],
  'config.invalid': [
    ['The configuration is not right.', 'Run mote check: it names the line.'],
    ['配置不正确。', '运行 mote check，它会指出是哪一行。'],
  ],
};
