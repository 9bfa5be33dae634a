# There is memory for whole segments of Ethernet.
set(board_definitions TCP_MSS=1460 "TCP_WND=(4*TCP_MSS)" "TCP_SND_BUF=(4*TCP_MSS)")
set(board_tls ON)
