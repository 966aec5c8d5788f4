# agent/: what the daemon consists of; agent/geneve-agentd.c has its main().
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES =

# OpenFlow.
agent_libagent_a_SOURCES += \
	agent/flow-actions.c \
	agent/flow-actions.h \
	agent/ofctrl.h

# Objects, alarms.
agent_libagent_a_SOURCES += \
	agent/alarms.c \
	agent/alarms.h \
	agent/objects.c \
	agent/objects.h

# The node: its Open vSwitch database, its underlay.
agent_libagent_a_SOURCES += \
	agent/settings.c \
	agent/settings.h

# Files that may change.
agent_libagent_a_SOURCES += \
	agent/file-watch.c \
	agent/file-watch.h
