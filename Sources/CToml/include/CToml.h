#ifndef VIPAGENT_CTOML_H
#define VIPAGENT_CTOML_H
int ctoml_placeholder(void);
#endif
