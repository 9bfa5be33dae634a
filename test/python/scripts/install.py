>>> import upip
>>> upip.install('micropython-umqtt.simple')
