/* lwIP for a few connections on a small chip, without an operating system. What a link holds is its own (link.c): lwIP's
 * memory is for what is on its way. */
#ifndef LWIP_LWIPOPTS_H
#define LWIP_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* it is only called from the loop */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ICMP 1
#define LWIP_RAW 0
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DNS 1
#define LWIP_DHCP 1
#define DHCP_DOES_ARP_CHECK 0 /* it costs a second at each start */
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define ARP_TABLE_SIZE 4

/* The names of brokers; over it config.invalid. */
#define DNS_MAX_NAME_LENGTH 128
#define DNS_TABLE_SIZE 2

/* A board with more memory says so in its CMake file. */
#ifndef TCP_MSS
#define TCP_MSS 536
#endif
#ifndef TCP_WND
#define TCP_WND (2 * TCP_MSS)
#endif
#ifndef TCP_SND_BUF
#define TCP_SND_BUF (2 * TCP_MSS)
#endif
#ifndef MEM_SIZE
#define MEM_SIZE (TCP_SND_BUF + 3072)
#endif
#define TCP_SND_QUEUELEN 12
#define TCP_OVERSIZE 0 /* else each small packet takes the room of a whole segment */
#define TCP_QUEUE_OOSEQ 0

#define MEM_ALIGNMENT 4
#define MEMP_NUM_PBUF 4
#define MEMP_NUM_TCP_PCB 4 /* one that is open, and those that are ending */
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 12
#define MEMP_NUM_UDP_PCB 3
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 2) /* network.c has one, SNTP the other */
#define PBUF_POOL_SIZE 4

/* Not to be guessed by whoever wants to speak in between; and after a reset not that of the connection before it. */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) LWIP_RAND()

/* The time: a number that nobody else knows instead of this board's own time, which it need not tell and may not know, comes back
 * with the answer. */
#define SNTP_SERVER_DNS 1
#define SNTP_STARTUP_DELAY 0
#define SNTP_CHECK_RESPONSE 2
#define SNTP_GET_SYSTEM_TIME_NTP(seconds, fraction)                                                                    \
    do {                                                                                                               \
        (seconds) = (s32_t)LWIP_RAND();                                                                                \
        (fraction) = LWIP_RAND();                                                                                      \
    } while (0)
#define SNTP_SET_SYSTEM_TIME(seconds) mote_calendar_set(seconds)

#endif
